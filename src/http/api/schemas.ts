import { z } from 'zod';
import { UsageRecord } from '../../agents/usage-record.ts';
import { Entry } from '../../audit/entry.ts';
import { Reason } from '../../audit/reason.ts';
import { RunId } from '../../ids.ts';
import { PolicyRecord } from '../../policy/policy-record.ts';
import { ScoreRecord } from '../../policy/score-record.ts';
import { ContextPackage } from '../../runs/context-package.ts';

/** What goes over the wire. The same objects check requests, type answers and make openapi.json: there is no second copy. */

const time = z.iso.datetime({ precision: 3 });
const Seq = z
  .string()
  .regex(/^\d{1,18}$/, 'must be a sequence number: decimal digits')
  .describe('Place in the log; decimal, may exceed 2^53, so a string.');

/** One run, as lists and answers show it: a projection; the record decides. */
export const RunJson = z
  .object({
    id: z.string(),
    repo: z.string(),
    service: z.string(),
    pr_number: z.int(),
    head_sha: z.string(),
    attempt: z.int(),
    title: z.string(),
    author: z.string(),
    dry_run: z.boolean(),
    profile: z.string(),
    policy_hash: z.string(),
    target_sha: z.string().nullable(),
    base_sha: z.string().nullable(),
    merge_sha: z.string().nullable(),
    artifact: z.string().nullable(),
    stage: z.string(),
    status: z.enum(['queued', 'running', 'waiting', 'finished']),
    waiting_for: z.string().nullable(),
    risk_score: z.number().nullable(),
    route: z.enum(['automated', 'human']).nullable(),
    outcome: z.string().nullable(),
    outcome_reason: z.string().nullable(),
    stop_kind: z.enum(['superseded', 'cancelled']).nullable(),
    stop_reason: z.string().nullable(),
    superseded_by: z.string().nullable(),
    emergency_reason: z.string().nullable(),
    emergency_by: z.string().nullable(),
    created_at: time,
    finished_at: time.nullable(),
  })
  .meta({ id: 'Run', description: 'One trip of one head of a pull request.' });
export type RunJson = z.infer<typeof RunJson>;

/** One entry of the record with its place in the log. */
export const EntryJson = z
  .object({
    seq: Seq,
    chain_hash: z.string(),
    recorded_at: time,
    name: z.string().describe('The name of this event on the event stream.'),
    entry: Entry,
  })
  .meta({ id: 'Entry', description: 'An entry as it stands in the append-only record.' });
export type EntryJson = z.infer<typeof EntryJson>;

/** A wait for a person, with what was prepared for that person. */
export const EscalationJson = z
  .object({
    run_id: z.string(),
    stage: z.string(),
    reasons: z.array(z.string()),
    approvals_needed: z.int(),
    approvals: z.array(z.string()).describe('People whose approval stands.'),
    void_approvals: z.array(z.string()).describe('People whose approval is void: what it was bound to has changed.'),
    owners: z.array(z.string()).describe('People who own what is changed, by CODEOWNERS of the target branch.'),
    rules: z
      .object({
        binding: z.object({ head_sha: z.string(), base_sha: z.string().nullable(), effective_policy: z.string() }),
        why: z.array(z.object({ people: z.int(), text: z.string() })).describe('Why so many people are needed.'),
        override: z.boolean().describe('To approve goes against a hard rule and needs a longer reason.'),
      })
      .nullable()
      .describe('What a decision made now is bound to; null once it is decided.'),
    deadline_at: time,
    opened_at: time,
    decided_at: time.nullable(),
    decision: z.string().nullable(),
    package: ContextPackage,
  })
  .meta({ id: 'Escalation' });
export type EscalationJson = z.infer<typeof EscalationJson>;

const UsageJson = z
  .object({ input_tokens: z.int(), output_tokens: z.int(), cost_microusd: z.int().describe('US dollars × 10⁻⁶.') })
  .meta({ id: 'Usage' });

/** Why a run does not move, or that it does. */
const WaitJson = z
  .object({
    kind: z.string().describe('Stable, e.g. agent_slot, human, lease, tick, retry, running, finished.'),
    text: z.string().describe('One line for people.'),
  })
  .meta({ id: 'Wait' });

export const RunAnswer = z.object({ run: RunJson }).meta({ id: 'RunAnswer' });
export const RunList = z
  .object({ runs: z.array(RunJson), next: z.string().nullable().describe('Pass as `before` for the next page.') })
  .meta({ id: 'RunList' });
export const RunDetail = z
  .object({
    run: RunJson,
    why_waiting: WaitJson,
    escalations: z.array(EscalationJson),
    policy: PolicyRecord.nullable().describe('How the policy came to the route; null before the review.'),
    score: ScoreRecord.nullable()
      .default(null)
      .describe('The risk score as a sum, and the floors below it; null before the review.'),
    usage: UsageJson,
    review_usage: UsageRecord.nullable()
      .default(null)
      .describe(
        'What the review was sent, by agent: sent_tokens beside naive_tokens, an estimate with the whole diff and files in each question; null before the review.',
      ),
    entries: z.array(EntryJson),
  })
  .meta({ id: 'RunDetail' });
export type RunDetail = z.infer<typeof RunDetail>;
export const EntryList = z
  .object({ entries: z.array(EntryJson), next: Seq.nullable().describe('Pass as `after` for the next page.') })
  .meta({ id: 'EntryList' });
export const DecisionAnswer = z
  .object({
    decision: z.enum(['approve', 'reject', 'extend']).nullable().describe('null while more approvals are needed.'),
    approvals: z.int(),
    needed: z.int(),
  })
  .meta({ id: 'DecisionAnswer' });
export const CancelRequest = z
  .strictObject({ reason: Reason })
  .meta({ id: 'CancelRequest', description: 'Why the run is stopped; kept on the record.' });
export const EmergencyReviewRequest = z
  .strictObject({
    reason: Reason,
  })
  .meta({ id: 'EmergencyReviewRequest', description: 'What was found; kept on the record.' });
export const EmergencyReviewAnswer = z.object({ status: z.literal('recorded') }).meta({ id: 'EmergencyReviewAnswer' });
export const CancelAnswer = z.object({ status: z.enum(['stopping', 'already_finished']) }).meta({ id: 'CancelAnswer' });

export const FrontRequest = z
  .strictObject({
    reason: Reason,
  })
  .meta({ id: 'FrontRequest', description: 'Why the run goes first; kept on the record.' });
export const FrontAnswer = z.object({ status: z.enum(['moved', 'already_finished']) }).meta({ id: 'FrontAnswer' });

export const RunPath = z.strictObject({ id: RunId });
export const AuditQuery = z.strictObject({
  run: RunId,
  after: Seq.default('0'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
export const EventsQuery = z.strictObject({ after: Seq.default('0') });
export const LastEventId = z.object({ 'last-event-id': Seq.optional() });

export const Version = z
  .object({ name: z.literal('slipway'), version: z.string(), profile: z.string() })
  .meta({ id: 'Version' });
export const Readiness = z.object({ ready: z.boolean(), reasons: z.array(z.string()) }).meta({ id: 'Readiness' });

/** RFC 9457. `code` is stable; `errors` names each field that is wrong and what to do about it. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), problem: z.string(), fix: z.string().optional() })).optional(),
    current: RunJson.optional().describe('The run of the newer head, where an older one was sent.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });
export type Problem = z.infer<typeof Problem>;
