import { type Kysely, sql } from 'kysely';
import { RunId } from '../ids.ts';
import type { Queues } from '../queues/connections.ts';
import { approvalJobId } from '../queues/job-ids.ts';
import { wakeCanary } from '../queues/wake-canary.ts';
import type { Database } from '../store/tables.ts';

/** Brings the projection in line with the record. By the clock of the store, as its other times: figures are made of both. */
export async function closeQuestion(
  db: Kysely<Database>,
  runId: string,
  stage: string,
  n: number,
  decision: string,
): Promise<void> {
  await db
    .updateTable('slipway.escalations')
    .set({ decided_at: sql<Date>`now()`, decision })
    .where('run_id', '=', runId)
    .where('stage', '=', stage)
    .where('question', '=', n)
    .where('decided_at', 'is', null)
    .execute();
}

/** Lets the job that waits for a person, or the canary between two ticks, look at the record now. Safe to repeat. */
export async function wakeQuestion(queues: Queues, runId: string, stage: string): Promise<void> {
  const id = RunId.parse(runId);
  if (stage === 'canary') return wakeCanary(queues, id);
  const job = await queues.byName.approvals.getJob(approvalJobId(id, stage));
  // Another replica may have promoted it in between: then it is awake, which is all we want.
  if (await job?.isDelayed()) await job?.promote().catch(() => undefined);
}
