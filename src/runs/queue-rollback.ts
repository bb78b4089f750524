import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import { childOptions } from '../flows/to-flow-job.ts';
import { RunId } from '../ids.ts';
import { bringForward } from '../queues/bring-forward.ts';
import type { Queues } from '../queues/connections.ts';
import { rollbackJobId } from '../queues/job-ids.ts';
import { ReleaseJob } from '../queues/stage-job.ts';
import type { Database } from '../store/tables.ts';
import type { Rollback } from './rollback-desk.ts';

export interface RollbackDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
}

/**
 * Puts the job of a rollback at the head of the release queue. Safe to repeat: a job that is there is only moved, and one
 * that failed is tried again, since nothing else ends what was ordered.
 */
export async function queueRollback({ queues }: RollbackDeps, rollback: Rollback): Promise<void> {
  const id = rollbackJobId(RunId.parse(rollback.id));
  const queue = queues.byName.release;
  const data = ReleaseJob.parse({ run_id: rollback.run_id, rollback_id: rollback.id });
  await queue.add('release', data, { ...childOptions('release', id), lifo: true });
  const job = await queue.getJob(id);
  if (await job?.isFailed()) await job?.retry('failed');
  await bringForward(queue, id);
}

/** For the sweeper: rollbacks that were ordered and are not done. Redis may have lost their jobs. */
export async function readOpenRollbacks({ db }: Pick<RollbackDeps, 'db'>): Promise<Rollback[]> {
  return await db.selectFrom('slipway.rollbacks').selectAll().where('status', '=', 'ordered').execute();
}
