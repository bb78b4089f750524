import { type Kysely, sql } from 'kysely';
import type { Recorded } from '../audit/audit-log.ts';
import { crashPoint } from '../crash-point.ts';
import { RunOver } from '../errors.ts';
import { RunId } from '../ids.ts';
import type { BranchPolicyRecord } from '../policy/policy-record.ts';
import { approvalJobId } from '../queues/job-ids.ts';
import type { ApprovalJob } from '../queues/stage-job.ts';
import { putBlob } from '../store/blobs.ts';
import { whileHeld } from '../store/leases.ts';
import type { Database, Run } from '../store/tables.ts';
import { closeQuestion } from './close-question.ts';
import { ContextPackage } from './context-package.ts';
import { fenceOfEntry, type Hold } from './hold.ts';
import type { RunRecord } from './record.ts';
import { unlessOver } from './unless-over.ts';

export interface Question {
  readonly stage: ApprovalJob['stage'];
  readonly reasons: readonly { code: string; text: string }[];
  readonly contextPackage: ContextPackage;
  readonly approvalsNeeded: number;
  /** Each reason for that number. */
  readonly approvalsWhy: readonly { people: number; text: string }[];
  /** The policy of the target branch as it is now: what is decided is bound to it. */
  readonly branchPolicy: BranchPolicyRecord | null;
  /** People who own what is changed; they are shown it first. */
  readonly owners: readonly string[];
  readonly deadlineAt: Date;
}

export type Answer =
  | { kind: 'decided'; decision: Recorded }
  | {
      kind: 'waiting';
      job: { queue: 'approvals'; id: string; data: { run_id: string; stage: ApprovalJob['stage'] }; delayMs: number };
    };

/** Reads the decision of a stage's question, or null while there is none. The record arbitrates: first writer wins. */
export function readDecision(record: RunRecord, stage: ApprovalJob['stage'], n = 0): Promise<Recorded | null> {
  return record.find(stage, 'route', 'human_decision', n);
}

/** Asks people once, however often the stage comes back, and answers with the decision or the job to wait for. */
export async function askPeople(
  db: Kysely<Database>,
  record: RunRecord,
  run: Run,
  question: () => Promise<Question>,
  stage: ApprovalJob['stage'],
  now: Date,
  hold: Asker,
): Promise<Answer> {
  const decision = await readDecision(record, stage);
  if (decision) return { kind: 'decided', decision };
  const open = await openQuestion(db, record, run, question, stage, 0, hold);
  return {
    kind: 'waiting',
    job: {
      queue: 'approvals',
      id: approvalJobId(RunId.parse(run.id), stage),
      data: { run_id: run.id, stage },
      delayMs: Math.max(0, open.getTime() - now.getTime()),
    },
  };
}

/**
 * Who asks. Before the canary a stage holds no lease while it waits for people, so nothing in PostgreSQL tells a replica that was
 * overtaken from the one that goes on: there the lock of its step decides, asked when the question is made, which takes long.
 */
type Asker = Pick<Hold, 'lease' | 'now' | 'confirm'>;

/**
 * The deadline of a stage's question `n`; opens it first when it is not there. One about a live canary is put by who holds it,
 * any other by whose step it is: a replica that was stopped and overtaken asks nobody.
 * @throws {LeaseLost} when the lease went on, or the step is another replica's. {RunOver} when the run ended.
 */
export async function openQuestion(
  db: Kysely<Database>,
  record: RunRecord,
  run: Run,
  question: () => Promise<Question>,
  stage: ApprovalJob['stage'],
  n: number,
  hold: Asker,
): Promise<Date> {
  const existing = await db
    .selectFrom('slipway.escalations')
    .select('deadline_at')
    .where('run_id', '=', run.id)
    .where('stage', '=', stage)
    .where('question', '=', n)
    .executeTakeFirst();
  const asked = await record.find(stage, 'route', 'escalated', n);
  if (existing && asked) return existing.deadline_at;
  const q = await question();
  const about = q.contextPackage.canary;
  const digest = await putBlob(db, JSON.stringify(ContextPackage.parse(q.contextPackage)), 'application/json');
  const reasons = JSON.stringify([...new Set(q.reasons.map((r) => r.code))]);
  await hold.confirm(hold.now());
  // Nor is anybody shown what the record will refuse.
  await sql`
    insert into slipway.escalations as e
      (run_id, stage, question, reasons, package, approvals_needed, owners, deadline_at)
    select ${run.id}, ${stage}, ${n}::int, ${reasons}::jsonb, ${digest}, ${q.approvalsNeeded}::int,
      ${JSON.stringify(q.owners)}::jsonb, ${q.deadlineAt}::timestamptz
    where ${whileHeld(hold.lease, run.id)}
      and exists (select from slipway.runs r where r.id = ${run.id} and r.status <> 'finished')
    on conflict (run_id, stage) do update set
      question = excluded.question, reasons = excluded.reasons, package = excluded.package,
      approvals_needed = excluded.approvals_needed, owners = excluded.owners, deadline_at = excluded.deadline_at,
      decided_at = null, decision = null, reminded = 0, opened_at = now()
    where e.question < excluded.question`.execute(db);
  crashPoint('question:after-row');
  const put = record.append({
    stage,
    step: 'route',
    event: 'escalated',
    n,
    rationale: q.reasons.map((r) => r.text).join('; ') || 'a person must decide',
    outcome: 'waiting_for_a_person',
    payload: {
      reasons: q.reasons,
      context_package: digest,
      approvals_needed: q.approvalsNeeded,
      approvals_why: q.approvalsWhy,
      owners: q.owners,
      branch_policy: q.branchPolicy,
      deadline: q.deadlineAt.toISOString(),
      ...(about === undefined
        ? {}
        : { canary: { kind: about.kind, share_pct: about.share_pct, to_pct: about.to_pct } }),
      ...fenceOfEntry(hold),
    },
  });
  if ((await unlessOver(put)) === null) {
    // It ended between the row and the entry: nobody is to find a question that the record does not have.
    await closeQuestion(db, run.id, stage, n, 'withdrawn');
    throw new RunOver(`run ${run.id} ended before its question was put`);
  }
  crashPoint('question:after-entry');
  return q.deadlineAt;
}
