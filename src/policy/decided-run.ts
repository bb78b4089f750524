import type { PolicyCase } from './decide-policy.ts';
import type { PolicyRecord } from './policy-record.ts';

/** A reviewed run as the record tells it: what the policy was given, what it said, and what became of the change. */
export interface DecidedRun {
  readonly id: string;
  readonly repo: string;
  readonly pr_number: number;
  readonly head_sha: string;
  readonly title: string;
  /** As it was claimed when the run was enqueued. */
  readonly author: string;
  readonly created_at: Date;
  readonly service: string;
  readonly tier: string;
  /** What `decidePolicy` was given; null where the record does not hold all of it. */
  readonly case: PolicyCase | null;
  readonly route: 'automated' | 'human';
  /** Reason codes of the review's route. */
  readonly reasons: readonly string[];
  readonly score: number | null;
  /** The configured rules that held. */
  readonly fired: readonly string[];
  /** Whether a second agent was to refute the change: it is only where nothing else speaks against it. */
  readonly sceptic_asked: boolean;
  /** Whether people were asked in a later stage about what they had not been asked by the review; a configured gate is no such question. */
  readonly asked_later: boolean;
  /** Whether a person rejected it in a later stage, or its release was rolled back by order after the run had ended. */
  readonly taken_back: boolean;
  /** Digest of the policy that the review was recorded under. */
  readonly policy_hash: string | null;
  readonly recommendation: PolicyRecord['recommendation'] | null;
  /** null while the run is not finished. */
  readonly outcome: string | null;
  /** The decision about the review: approve, reject, expired; null where nobody was asked or has answered. */
  readonly decision: string | null;
  /** From the question to the decision of a person, seconds. */
  readonly decided_after_s: number | null;
}
