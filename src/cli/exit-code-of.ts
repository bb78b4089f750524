import type { Outcome } from '../audit/entry.ts';

/** A contract with CI: these numbers do not change. */
export const EXIT = {
  ok: 0,
  /** The command itself failed: server out of reach, an internal error. Nothing is said about the run. */
  error: 1,
  usage: 2,
  human: 3,
  blocked: 4,
  rejected: 5,
  rolledBack: 6,
  failed: 7,
  superseded: 8,
  cancelled: 9,
  timeout: 124,
  interrupted: 130,
} as const;

const BY_OUTCOME: Record<Outcome, number> = {
  deployed: EXIT.ok,
  blocked: EXIT.blocked,
  rejected: EXIT.rejected,
  rolled_back: EXIT.rolledBack,
  failed: EXIT.failed,
  superseded: EXIT.superseded,
  cancelled: EXIT.cancelled,
};

export const UNTIL = ['reviewed', 'outcome'] as const;
export type Until = (typeof UNTIL)[number];

/** What of a run decides the exit code. */
export interface RunState {
  readonly run: {
    readonly route: 'automated' | 'human' | null;
    readonly outcome: string | null;
    readonly stop_kind: string | null;
  };
  readonly escalations: readonly {
    readonly stage: string;
    readonly decided_at: string | null;
    readonly decision: string | null;
  }[];
}

/**
 * The exit code that a run's state stands for, or undefined while it is to be waited for. A run that waits for a person
 * ends the wait (3), because that may take days; `throughHuman` waits on. Pure.
 */
export function exitCodeOf({ run, escalations }: RunState, until: Until, throughHuman = false): number | undefined {
  if (run.outcome !== null) return exitCodeOfOutcome(run.outcome);
  // A run that is being stopped has an outcome soon, and what it was routed to no longer matters.
  if (run.stop_kind !== null) return undefined;
  // Whoever is asked about a live canary, the review is over.
  const asked = until === 'reviewed' ? escalations.filter(({ stage }) => stage !== 'canary') : escalations;
  const personAwaited = asked.some((escalation) => escalation.decided_at === null);
  if (personAwaited) return throughHuman ? undefined : EXIT.human;
  if (until === 'outcome' || run.route === null) return undefined;
  if (run.route === 'automated') return EXIT.ok;
  const decision = asked.at(-1)?.decision;
  if (decision === 'approve') return EXIT.ok;
  // A rejected run ends rejected in a moment; waiting for it says so with the outcome's own reason.
  if (decision !== undefined) return undefined;
  return throughHuman ? undefined : EXIT.human;
}

/** An outcome of a newer server that this client does not know is no success. */
export function exitCodeOfOutcome(outcome: string): number {
  return new Map<string, number>(Object.entries(BY_OUTCOME)).get(outcome) ?? EXIT.failed;
}
