import type { Kysely } from 'kysely';
import type { Database } from '../store/tables.ts';

/** Notes a stage's first step; only latency figures read it. */
export async function startSpan(db: Kysely<Database>, runId: string, stage: string): Promise<void> {
  await db
    .insertInto('slipway.stage_spans')
    .values({ run_id: runId, stage })
    .onConflict((c) => c.columns(['run_id', 'stage']).doNothing())
    .execute();
}

export async function endSpan(db: Kysely<Database>, runId: string, stage: string): Promise<void> {
  await db
    .updateTable('slipway.stage_spans')
    .set({ ended_at: new Date() })
    .where('run_id', '=', runId)
    .where('stage', '=', stage)
    .where('ended_at', 'is', null)
    .execute();
}
