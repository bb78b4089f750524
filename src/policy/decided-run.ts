import type { PolicyCase } from './decide-policy.ts';
import type { PolicyRecord } from './policy-record.ts';

/** A reviewed run as the record tells it: what the policy was given, what it said, and what became of the change. */
export interface DecidedRun {
  readonly id: string;
  readonly repo: string;
  readonly pr_number: number;
  readonly title: string;
  readonly service: string;
  readonly tier: string;
  /** What `decidePolicy` was given; null where the record does not hold all of it. */
  readonly case: PolicyCase | null;
  readonly route: 'automated' | 'human';
  /** Reason codes of the review's route. */
  readonly reasons: readonly string[];
  readonly score: number | null;
  readonly recommendation: PolicyRecord['recommendation'] | null;
  /** null while the run is not finished. */
  readonly outcome: string | null;
  /** The decision about the review: approve, reject, expired; null where nobody was asked or has answered. */
  readonly decision: string | null;
  /** From the question to the decision of a person, seconds. */
  readonly decided_after_s: number | null;
}
