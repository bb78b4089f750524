import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import { Identity } from '../change/change.ts';
import type { Config } from '../config/config.ts';
import { crashPoint } from '../crash-point.ts';
import { RunId } from '../ids.ts';
import { excludedPeople, mayDecide } from '../policy/people.ts';
import type { Queues } from '../queues/connections.ts';
import { approvalJobId } from '../queues/job-ids.ts';
import type { ApprovalJob } from '../queues/stage-job.ts';
import type { Database, Escalation, Run } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import { openRecord, type RunRecord } from './record.ts';
import type { Caller, DecisionRequest, DecisionResult } from './run-desk.ts';
import { wholePayload } from './whole-payload.ts';

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
  if (request.decision === 'reject')
    return commitDecision(deps, record, run, stage, request, caller.person, 0, question.approvals_needed);

  const approvals = await readApprovals(record, stage);
  const allowed = mayDecide({
    person: caller.person,
    excluded: await readExcluded(deps.db, deps.config, record, run),
    alreadyApproved: approvals,
  });
  if (allowed.kind === 'refused') {
    await record.append({
      stage,
      step: 'route',
      event: 'decision_refused',
      n: await countRefusals(record, stage),
      actor: { kind: 'human', id: caller.person },
      rationale: allowed.detail,
      outcome: allowed.why,
      payload: { wanted: request.decision },
    });
    return allowed;
  }
  const given = approvals.length + 1;
  if (given < question.approvals_needed) {
    const approval = await record.append({
      stage,
      step: 'route',
      event: 'human_approval',
      n: approvals.length,
      actor: { kind: 'human', id: caller.person },
      rationale: request.reason,
      outcome: 'approve',
      payload: {
        head_sha: run.head_sha,
        base_sha: run.base_sha,
        policy_hash: run.policy_hash,
        needed: question.approvals_needed,
      },
    });
    // Two people at the same moment: the second one's key was taken, so theirs is counted again from what is stored.
    if (approval.dup && approval.entry.actor.id !== caller.person) return decideRun(deps, run, request, caller);
    return { kind: 'recorded', decision: null, approvals: given, needed: question.approvals_needed };
  }
  return commitDecision(deps, record, run, stage, request, caller.person, given, question.approvals_needed);
}

async function commitDecision(
  deps: DecideDeps,
  record: RunRecord,
  run: Run,
  stage: ApprovalJob['stage'],
  request: DecisionRequest,
  person: string,
  approvals: number,
  needed: number,
): Promise<DecisionResult> {
  const committed = await record.append({
    stage,
    step: 'route',
    event: 'human_decision',
    actor: { kind: 'human', id: person },
    rationale: request.reason,
    outcome: request.decision,
    payload: { head_sha: run.head_sha, base_sha: run.base_sha, policy_hash: run.policy_hash },
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

export async function readApprovals(record: RunRecord, stage: string): Promise<string[]> {
  const entries = await record.list();
  return entries
    .filter((e) => e.entry.event === 'human_approval' && e.entry.stage === stage)
    .map((e) => e.entry.actor.id);
}

async function countRefusals(record: RunRecord, stage: string): Promise<number> {
  const entries = await record.list();
  return entries.filter((e) => e.entry.event === 'decision_refused' && e.entry.stage === stage).length;
}

/** Every author, committer and co-author by git's word in the record; empty where that is not there. */
export async function readContributors(db: Kysely<Database>, record: RunRecord): Promise<Identity[]> {
  const resolved = findEntry(await record.list(), 'change_resolved', 'review');
  const contributors = Identity.array().safeParse(
    resolved === undefined ? undefined : (await wholePayload(db, resolved))['contributors'],
  );
  return contributors.success ? contributors.data : [];
}

/** Everyone who touched the change, by the run's claim and by git's word in the record. */
export async function readExcluded(db: Kysely<Database>, config: Config, record: RunRecord, run: Run) {
  return excludedPeople({
    people: config.people,
    claimedAuthor: run.author,
    contributors: await readContributors(db, record),
  });
}
