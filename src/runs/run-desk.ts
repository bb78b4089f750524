import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import { isSafeIdentifier } from '../audit/safe-text.ts';
import { RunId, Sha } from '../ids.ts';
import { Finding } from '../policy/finding.ts';
import type { PolicyRecord } from '../policy/policy-record.ts';
import type { Escalation, Run } from '../store/tables.ts';
import type { Wait } from './why-waiting.decide.ts';

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
  title: z
    .string()
    .max(300)
    .refine((title) => !title.includes('\0'), 'must not hold a NUL character')
    .default(''),
  /** Who claims to have written the change; the forge or CI says so, git is asked too. */
  author: z.string().min(1).max(200).refine(isSafeIdentifier, 'must not hold control or invisible characters'),
  /** Start another run of a head whose run is finished. */
  again: z.boolean().default(false),
  /** The whole flow, with delivery and repository that only describe. */
  dry_run: z.boolean().default(false),
});
export type EnqueueRequest = z.infer<typeof EnqueueRequest>;

export const DecisionRequest = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  reason: z.string().min(1).max(2000),
  /** Which head the person looked at; a decision about another head is refused. */
  head_sha: Sha,
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

/** Who asks: a token's owner. `person` is null for machines, which can never decide. */
export interface Caller {
  readonly tokenId: string;
  readonly name: string;
  readonly person: string | null;
  readonly scopes: readonly string[];
}

export interface EscalationView extends Omit<Escalation, 'package'> {
  /** The context package: diff summary, findings, score as a sum, baseline, reasoning. */
  readonly package: ContextPackage;
  readonly approvals: readonly string[];
}

/** Prepared for the person who decides. Absent parts are switched off by escalation.context_package or not known. */
export const ContextPackage = z.strictObject({
  title: z.string(),
  reasons: z.array(z.strictObject({ code: z.string(), text: z.string() })),
  diff_summary: z
    .strictObject({
      files: z.array(z.strictObject({ path: z.string(), status: z.string(), added: z.int(), removed: z.int() })),
      added: z.int(),
      removed: z.int(),
      /** The unified diff, cut at 200 kB. */
      diff: z.string(),
      cut: z.boolean(),
    })
    .nullable(),
  findings: z.array(Finding),
  score: z.strictObject({
    total: z.number().nullable(),
    terms: z.array(z.strictObject({ label: z.string(), points: z.number() })),
  }),
  facts: z.record(z.string(), z.boolean().nullable()),
  evidence: z.array(z.strictObject({ fact: z.string(), path: z.string(), line: z.int().nullable(), rule: z.string() })),
  baseline: z.record(z.string(), z.json()).nullable(),
  agent_reasoning: z.string().nullable(),
  excluded_approvers: z.array(z.string()),
});
export type ContextPackage = z.infer<typeof ContextPackage>;

export interface RunView {
  readonly run: Run;
  readonly entries: readonly Recorded[];
  readonly escalations: readonly EscalationView[];
  /** How the policy came to the route; null before the review, and for runs of older versions. */
  readonly policy: PolicyRecord | null;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly costMicroUsd: number };
}

export type DecisionResult =
  | { kind: 'recorded'; decision: 'approve' | 'reject' | null; approvals: number; needed: number }
  | { kind: 'too_late'; stored: string }
  | {
      kind: 'refused';
      why: 'not_waiting' | 'not_a_person' | 'wrote_the_change' | 'stale_head' | 'already_approved';
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
  /** Why the run does not move, or that it does. */
  whyWaiting(run: Run): Promise<Wait>;
  decide(id: RunId, request: DecisionRequest, caller: Caller): Promise<DecisionResult | null>;
  cancel(id: RunId, reason: string, caller: Caller): Promise<'stopping' | 'already_finished' | null>;
  /** Entries of a run after a seq, oldest first; for the event stream. */
  entriesAfter(id: RunId, seq: string): Promise<Recorded[]>;
}
