import type { Kysely } from 'kysely';
import type { AuditLog, Recorded } from '../audit/audit-log.ts';
import type { Event } from '../audit/entry.ts';
import type { Config } from '../config/config.ts';
import { crashPoint } from '../crash-point.ts';
import { RunId } from '../ids.ts';
import { isOverride } from '../policy/approval-rules.ts';
import { mayDecide } from '../policy/people.ts';
import type { Queues } from '../queues/connections.ts';
import { approvalJobId } from '../queues/job-ids.ts';
import type { ApprovalJob } from '../queues/stage-job.ts';
import type { Database, Escalation, Run } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import { type Binding, type RunApprovalRules, readApprovalRules } from './read-approval-rules.ts';
import { openRecord, type RunRecord } from './record.ts';
import type { Caller, DecisionRequest, DecisionResult } from './run-desk.ts';
import { standingApprovals } from './standing-approvals.ts';

export interface DecideDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly config: Config;
}

/**
 * Records what a person decided on the open question of a run. Whoever commits the entry first wins, be it another
 * person or the deadline; the queue is only woken afterwards, so a lost wake-up loses nothing.
 */
export async function decideRun(
  deps: DecideDeps,
  run: Run,
  request: DecisionRequest,
  caller: Caller,
): Promise<DecisionResult> {
  const record = openRecord(deps.audit, run, deps.config.policy_hash);
  const question = await openQuestion(deps.db, run.id);
  if (question === null) {
    const last = findEntry(await record.list(), 'human_decision');
    return last
      ? { kind: 'too_late', stored: last.entry.outcome }
      : { kind: 'refused', why: 'not_waiting', detail: 'this run asks nobody at the moment' };
  }
  if (caller.person === null)
    return { kind: 'refused', why: 'not_a_person', detail: 'this token belongs to a machine; only people decide' };
  if (request.head_sha !== run.head_sha) {
    return {
      kind: 'refused',
      why: 'stale_head',
      detail: `the run is about ${run.head_sha}, the decision about ${request.head_sha}`,
    };
  }
  const stage = question.stage as ApprovalJob['stage'];
  const rules = await readApprovalRules(deps.db, deps.config, record, run);
  const stale = findStale(request, rules.binding);
  if (stale !== null) return stale;
  const decide = { deps, record, run, stage, request, person: caller.person, rules };
  if (request.decision === 'reject') return commitDecision(decide, 0, question.approvals_needed, false);

  const entries = await record.list();
  const given = standingApprovals(entries, stage, rules);
  const allowed = mayDecide({ person: caller.person, excluded: rules.excluded, alreadyApproved: given.standing });
  const overrides = isOverride(question.reasons, rules.recommendation);
  const refused = allowed.kind === 'refused' ? allowed : overrides ? checkReason(request.reason, rules) : null;
  if (refused !== null) {
    await record.append({
      stage,
      step: 'route',
      event: 'decision_refused',
      n: countOf(entries, 'decision_refused', stage),
      actor: { kind: 'human', id: caller.person },
      rationale: refused.detail,
      outcome: refused.why,
      payload: { wanted: request.decision, ...rules.binding },
    });
    return refused;
  }
  const approvals = given.standing.length + 1;
  // What was asked for when the question was put stays the least, also where the policy asks for fewer now.
  const needed = Math.max(question.approvals_needed, rules.needed);
  if (approvals >= needed) return commitDecision(decide, approvals, needed, overrides);
  const approval = await record.append({
    stage,
    step: 'route',
    event: 'human_approval',
    n: given.recorded,
    actor: { kind: 'human', id: caller.person },
    rationale: request.reason,
    outcome: 'approve',
    payload: { ...rules.binding, policy_hash: deps.config.policy_hash, needed, override: overrides, void: given.void },
  });
  // Two people at the same moment: the second one's key was taken, so theirs is counted again from what is stored.
  if (approval.dup && approval.entry.actor.id !== caller.person) return decideRun(deps, run, request, caller);
  return { kind: 'recorded', decision: null, approvals, needed };
}

type Refused = Extract<DecisionResult, { kind: 'refused' }>;

/** Whether the person looked at what would be decided about now. What the request leaves out is not compared. */
function findStale(request: DecisionRequest, binding: Binding): Refused | null {
  if (request.base_sha !== undefined && request.base_sha !== binding.base_sha) {
    const detail = `the run stands on ${binding.base_sha ?? 'no base yet'}, the decision on ${request.base_sha}`;
    return { kind: 'refused', why: 'stale_base', detail };
  }
  if (request.effective_policy !== undefined && request.effective_policy !== binding.effective_policy) {
    const detail = 'the policy for this service has changed since you looked at the run; look at it again';
    return { kind: 'refused', why: 'stale_policy', detail };
  }
  return null;
}

function checkReason(reason: string, { overrideReasonMin: least }: RunApprovalRules): Refused | null {
  if (reason.trim().length >= least) return null;
  const detail = `this approves against what code found: say why in at least ${least} characters`;
  return { kind: 'refused', why: 'reason_too_short', detail };
}

interface Deciding {
  readonly deps: DecideDeps;
  readonly record: RunRecord;
  readonly run: Run;
  readonly stage: ApprovalJob['stage'];
  readonly request: DecisionRequest;
  readonly person: string;
  readonly rules: RunApprovalRules;
}

async function commitDecision(
  { deps, record, run, stage, request, person, rules }: Deciding,
  approvals: number,
  needed: number,
  override: boolean,
): Promise<DecisionResult> {
  const committed = await record.append({
    stage,
    step: 'route',
    event: 'human_decision',
    actor: { kind: 'human', id: person },
    rationale: request.reason,
    outcome: request.decision,
    payload: {
      ...rules.binding,
      policy_hash: deps.config.policy_hash,
      recommendation: rules.recommendation,
      approvals,
      needed,
      override,
    },
  });
  crashPoint('decision:after-entry');
  await closeQuestion(deps.db, run.id, stage, committed.entry.outcome);
  crashPoint('decision:after-close');
  // Only a wake-up: if it is lost, the sweeper sees the decision and wakes the job again.
  await wakeQuestion(deps.queues, run.id, stage).catch(() => undefined);
  const mine = committed.entry.actor.id === person && committed.entry.outcome === request.decision;
  return mine
    ? { kind: 'recorded', decision: request.decision, approvals, needed }
    : { kind: 'too_late', stored: committed.entry.outcome };
}

/** Lets the job that waits for a person look at the record now. Safe to repeat. */
export async function wakeQuestion(queues: Queues, runId: string, stage: string): Promise<void> {
  const job = await queues.byName.approvals.getJob(approvalJobId(RunId.parse(runId), stage));
  // Another replica may have promoted it in between: then it is awake, which is all we want.
  if (await job?.isDelayed()) await job?.promote().catch(() => undefined);
}

/** Brings the projection in line with the record. */
export async function closeQuestion(
  db: Kysely<Database>,
  runId: string,
  stage: string,
  decision: string,
): Promise<void> {
  await db
    .updateTable('slipway.escalations')
    .set({ decided_at: new Date(), decision })
    .where('run_id', '=', runId)
    .where('stage', '=', stage)
    .where('decided_at', 'is', null)
    .execute();
}

async function openQuestion(db: Kysely<Database>, runId: string): Promise<Escalation | null> {
  const row = await db
    .selectFrom('slipway.escalations')
    .selectAll()
    .where('run_id', '=', runId)
    .where('decided_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

function countOf(entries: readonly Recorded[], event: Event, stage: string): number {
  return entries.filter(({ entry }) => entry.event === event && entry.stage === stage).length;
}
