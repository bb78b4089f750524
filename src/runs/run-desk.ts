import { z } from 'zod';
import type { UsageRecord } from '../agents/usage-record.ts';
import type { Recorded } from '../audit/audit-log.ts';
import { Reason } from '../audit/reason.ts';
import { countSeen, isSafeIdentifier } from '../audit/safe-text.ts';
import { Digest, RunId, Sha } from '../ids.ts';
import type { ApprovalRules } from '../policy/approval-rules.ts';
import type { PolicyRecord } from '../policy/policy-record.ts';
import type { ScoreRecord } from '../policy/score-record.ts';
import type { Escalation, Run } from '../store/tables.ts';
import type { Caller } from './caller.ts';
import type { ContextPackage } from './context-package.ts';
import type { DismissalResult } from './dismiss-finding.ts';
import type { StoredFinding } from './finding-store.ts';
import type { FollowUp, FollowUpResult } from './follow-up.ts';
import type { WaitingQuestion } from './open-questions.ts';
import type { Binding } from './read-approval-rules.ts';
import type { CanaryView } from './view-canary.ts';
import type { Wait } from './why-waiting.decide.ts';

/** Clocks differ. A time far ahead would make every later head an old one. */
const HEAD_AHEAD_MS = 24 * 3_600_000;

/** Spaces between words do not count, so that ten characters of text are enough. */
const LEAST_SEEN = 6;

/** What CI sends to start a run. Checked here for shape; what needs the repository is the run's first step. */
export const EnqueueRequest = z.strictObject({
  repo: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
  /** Needed only where one repository holds several services. */
  service: z.string().min(1).max(40).optional(),
  pr_number: z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  head_sha: Sha,
  /**
   * When the pull request had this head, by the forge's clock (GitHub: `updated_at`). It orders heads that are pushed back and
   * forth, and requests that arrive late; without it an older head is taken for a late request.
   */
  head_at: z.iso
    .datetime({ offset: true, error: 'must be a time with its offset, e.g. 2026-11-28T10:00:00Z' })
    .refine((at) => Date.parse(at) <= Date.now() + HEAD_AHEAD_MS, 'lies more than a day ahead')
    .optional(),
  title: z
    .string()
    .max(300)
    .refine((title) => !title.includes('\0'), 'must not hold a NUL character')
    .default(''),
  /** Who claims to have written the change; the forge or CI says so, git is asked too. */
  author: z.string().min(1).max(200).refine(isSafeIdentifier, 'must not hold control or invisible characters'),
  /** Who pushed the head; has a hand in the change like its authors. */
  pusher: z
    .string()
    .min(1)
    .max(200)
    .refine(isSafeIdentifier, 'must not hold control or invisible characters')
    .optional(),
  /** Why it cannot wait for the usual way; needs a person's token. Two people decide, and somebody reviews it afterwards. */
  emergency: z
    .string()
    .trim()
    .min(10, 'must say why, in at least 10 characters')
    .max(2000)
    .refine((reason) => countSeen(reason) >= LEAST_SEEN, 'must say why, in characters that can be seen')
    .optional(),
  /** Start another run of a head whose run is finished or being stopped. */
  again: z.boolean().default(false),
  /** The whole flow, with delivery and repository that only describe. */
  dry_run: z.boolean().default(false),
});
export type EnqueueRequest = z.infer<typeof EnqueueRequest>;

export const DecisionRequest = z.strictObject({
  /** `extend` only about a canary on hold: it is watched for one more set of windows. */
  decision: z.enum(['approve', 'reject', 'extend']),
  reason: Reason,
  /** Which head the person looked at; a decision about another head is refused. */
  head_sha: Sha,
  /** Likewise the base and the policy for the service; compared where they are given. */
  base_sha: Sha.optional(),
  effective_policy: Digest.optional(),
});
export type DecisionRequest = z.infer<typeof DecisionRequest>;

export const ListFilter = z.strictObject({
  repo: z.string().max(200).optional(),
  pr_number: z.coerce.number().int().min(1).optional(),
  head_sha: Sha.optional(),
  status: z.enum(['queued', 'running', 'waiting', 'finished']).optional(),
  outcome: z.string().max(20).optional(),
  before: RunId.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListFilter = z.infer<typeof ListFilter>;

export interface EscalationView extends Omit<Escalation, 'package'> {
  /** The context package: diff summary, findings, score as a sum, baseline, reasoning. */
  readonly package: ContextPackage;
  /** People whose approval stands. */
  readonly approvals: readonly string[];
  /** People whose approval is void since head, base, policy or the people on the change are others now. */
  readonly void_approvals: readonly string[];
  /** What a decision made now would be bound to, and why so many people are needed; null once it is decided. */
  readonly rules: { readonly binding: Binding; readonly why: ApprovalRules['why']; readonly override: boolean } | null;
}

export interface RunView {
  readonly run: Run;
  readonly entries: readonly Recorded[];
  readonly escalations: readonly EscalationView[];
  /** The later review that an emergency owes; null for every other run. */
  readonly followUp: FollowUp | null;
  /** How the policy came to the route; null before the review, and for runs of older versions. */
  readonly policy: PolicyRecord | null;
  /** The risk score as a sum; null before the review. */
  readonly score: ScoreRecord | null;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly costMicroUsd: number };
  /** What the review was sent, by agent, beside what all of the change would have been; null before the review. */
  readonly reviewUsage: UsageRecord | null;
}

export type DecisionResult =
  | { kind: 'recorded'; decision: DecisionRequest['decision'] | null; approvals: number; needed: number }
  /** `by` is a person's name, or `slipway` for what expired. */
  | { kind: 'too_late'; stored: string; by: string }
  | {
      kind: 'refused';
      why:
        | 'not_waiting'
        | 'not_a_person'
        | 'wrote_the_change'
        | 'already_approved'
        | 'stale_head'
        | 'stale_base'
        | 'stale_policy'
        | 'reason_too_short'
        | 'not_on_hold'
        | 'canary_over';
      detail: string;
    };

export type EnqueueResult =
  | { kind: 'created'; run: Run }
  | { kind: 'exists'; run: Run }
  /** A newer head of the same PR already has a run. */
  | { kind: 'older_head'; current: Run };

/** All that people and CI can ask of runs; HTTP and pages know nothing beneath it. */
export interface RunDesk {
  /** @throws {InputError} with field names for an unknown repo, an ambiguous or unknown service. */
  enqueue(request: EnqueueRequest, caller: Caller): Promise<EnqueueResult>;
  list(filter: ListFilter): Promise<Run[]>;
  view(id: RunId): Promise<RunView | null>;
  /** All that waits for people, the nearest deadline first. */
  openQuestions(): Promise<readonly WaitingQuestion[]>;
  /** How its canary did and, after a rollback, the incident; null while nothing of it has started. */
  canary(id: RunId): Promise<CanaryView | null>;
  /** Why the run does not move, or that it does. */
  whyWaiting(run: Run): Promise<Wait>;
  decide(id: RunId, request: DecisionRequest, caller: Caller): Promise<DecisionResult | null>;
  /** Records that somebody looked at an emergency afterwards. */
  reviewEmergency(id: RunId, reason: string, caller: Caller): Promise<FollowUpResult | null>;
  /** Emergencies that are still to be reviewed, the nearest deadline first. */
  followUps(): Promise<readonly { run: Run; due_at: Date }[]>;
  /** What was found in the run's pull request over all its heads; null for an unknown run. */
  findings(id: RunId): Promise<StoredFinding[] | null>;
  dismissFinding(
    id: RunId,
    request: { readonly fingerprint: string; readonly reason: string },
    caller: Caller,
  ): Promise<DismissalResult | null>;
  cancel(id: RunId, reason: string, caller: Caller): Promise<'stopping' | 'already_finished' | null>;
  /** Moves a run to the front of every line it stands in. */
  front(id: RunId, reason: string, caller: Caller): Promise<'moved' | 'already_finished' | null>;
  /** Entries of a run after a seq, oldest first; for the event stream. */
  entriesAfter(id: RunId, seq: string): Promise<Recorded[]>;
}
