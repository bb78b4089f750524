import type { Digest } from '../ids.ts';

export interface RollbackFacts {
  /** What the release that is to be taken back made production. */
  readonly releasedArtifact: string | null;
  /** What ran before it; null when the record does not say. */
  readonly previous: Digest | null;
  /** What runs now. */
  readonly production: string | null;
  /** This rollback has told the target to switch, or was about to. */
  readonly begun: boolean;
}

export type RollbackDecision =
  | { readonly kind: 'deploy'; readonly version: Digest }
  /** The switch was begun, and has no outcome perhaps: it is read back and gets one. */
  | { readonly kind: 'promote'; readonly version: Digest }
  | { readonly kind: 'done'; readonly detail: string }
  | { readonly kind: 'refuse'; readonly why: 'no_previous_version' | 'production_moved'; readonly detail: string };

/** What is left to do to have the previous version back. What runs now and is neither of the two is somebody else's doing. Pure. */
export function decideRollback({ releasedArtifact, previous, production, begun }: RollbackFacts): RollbackDecision {
  if (previous === null || previous === releasedArtifact)
    return {
      kind: 'refuse',
      why: 'no_previous_version',
      detail: 'the record does not say what ran before this release',
    };
  if (production === previous && begun) return { kind: 'promote', version: previous };
  if (production === previous)
    return { kind: 'done', detail: `${previous.slice(0, 12)} was the production version already` };
  if (production !== releasedArtifact)
    return {
      kind: 'refuse',
      why: 'production_moved',
      detail: `production runs ${production === null ? 'nothing' : production.slice(0, 12)}, which is not the release that was to be taken back`,
    };
  return { kind: 'deploy', version: previous };
}
