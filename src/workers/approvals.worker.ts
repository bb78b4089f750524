import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import { PermanentFailure } from '../errors.ts';
import type { ApprovalJob } from '../queues/stage-job.ts';
import { readDecision } from '../runs/escalate.ts';
import { expireQuestion } from '../runs/expire-question.ts';
import { readRun } from '../runs/read-run.ts';
import { openRecord } from '../runs/record.ts';
import type { Database } from '../store/tables.ts';
import type { Step, StepContext } from './step.ts';

export interface ApprovalPorts {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly now: () => Date;
}

/** Wakes at the deadline, or when someone decided. It only returns what the record says. */
export function makeApprovalHandler({ db, audit, now }: ApprovalPorts) {
  return async function handleApproval(
    job: ApprovalJob,
    { confirmOwner }: Pick<StepContext, 'confirmOwner'>,
  ): Promise<Step<{ decision: string }>> {
    const run = await readRun(db, job.run_id);
    if (run === null) throw new PermanentFailure('UNKNOWN_RUN', job.run_id);
    const decision = await readDecision(openRecord(audit, run), job.stage);
    if (decision) return { kind: 'done', result: { decision: decision.entry.outcome } };
    if (run.stop_kind !== null) return { kind: 'done', result: { decision: run.stop_kind } };
    const question = await db
      .selectFrom('slipway.escalations')
      .select('deadline_at')
      .where('run_id', '=', run.id)
      .where('stage', '=', job.stage)
      .executeTakeFirst();
    if (question === undefined) throw new PermanentFailure('NO_QUESTION', `${run.id} asks nobody in ${job.stage}`);
    const leftMs = question.deadline_at.getTime() - now().getTime();
    if (leftMs > 0) return { kind: 'delay', ms: leftMs, why: 'waits for a person' };
    // Who was stopped since it looked may find the run at its end, after which nothing is decided.
    await confirmOwner();
    const expired = await expireQuestion(db, audit, run, job.stage);
    return { kind: 'done', result: { decision: expired.entry.outcome } };
  };
}
