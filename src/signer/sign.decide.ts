import type { Checkpoint } from '../audit/checkpoint.ts';

/** What the log shows at one look. */
export interface SignFacts {
  /** Every head that is known to have been signed: by this process, in its places, in the database. */
  readonly signed: readonly Checkpoint[];
  /** What stands in the log where these heads end, by their size; null = nothing does. */
  readonly standing: ReadonlyMap<bigint, string | null>;
  /** The entries after the largest signed head, followed link by link. */
  readonly follow: { readonly kind: 'broken'; readonly seq: string } | Followed;
  /** Since this process signed last; null = not yet. */
  readonly sinceSignedMs: number | null;
}

export interface Followed {
  readonly kind: 'followed';
  /** Null = the log is empty. */
  readonly head: Checkpoint | null;
  readonly fresh: number;
  /** Something waits for a signature: a verdict about a canary. */
  readonly urgent: boolean;
}

export type SignDecision =
  | { readonly kind: 'sign'; readonly head: Checkpoint }
  | { readonly kind: 'nothing' }
  /** What was signed is not what stands there. Nothing is signed any more until it does. */
  | { readonly kind: 'refuse'; readonly why: string };

const SIGN_EVERY_MS = 10_000;
const SIGN_EVERY_ENTRIES = 256;

/** Every ten seconds or 256 entries, and at once for what waits; never a head that contradicts one that was signed. */
export function decideSign({ signed, standing, follow, sinceSignedMs }: SignFacts): SignDecision {
  const why = whyContradicted(signed, standing);
  if (why !== null) return { kind: 'refuse', why };
  if (follow.kind === 'broken')
    return { kind: 'refuse', why: `entry ${follow.seq} does not follow from what was signed before it` };
  const { head, fresh, urgent } = follow;
  if (head === null || fresh === 0) return { kind: 'nothing' };
  const due = urgent || fresh >= SIGN_EVERY_ENTRIES || sinceSignedMs === null || sinceSignedMs >= SIGN_EVERY_MS;
  return due ? { kind: 'sign', head } : { kind: 'nothing' };
}

function whyContradicted(signed: readonly Checkpoint[], standing: SignFacts['standing']): string | null {
  const bySize = new Map<bigint, string>();
  for (const { size, chainHash } of signed) {
    const other = bySize.get(size);
    if (other !== undefined && other !== chainHash) return `two different heads of ${size} entries were signed`;
    bySize.set(size, chainHash);
  }
  for (const [size, chainHash] of bySize) {
    const found = standing.get(size) ?? null;
    if (found === null) return `the log shrank: ${size} entries were signed, and entry ${size - 1n} is not there`;
    if (found !== chainHash) return `the log was rewritten: entry ${size - 1n} is not the one that was signed`;
  }
  return null;
}
