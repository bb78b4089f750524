import { type Kysely, sql } from 'kysely';
import { batched } from '../store/batched.ts';
import type { Database } from '../store/tables.ts';

/** The run is in this stage and works; notes the stage's first step, which only latency figures read. */
export async function startStage(db: Kysely<Database>, runId: string, stage: string): Promise<void> {
  await startOne(db, JSON.stringify({ run_id: runId, stage }));
}

const startOne = batched<Kysely<Database>, true>(async (db, items) => {
  await sql`
    with step as (
      select distinct on (run_id) run_id, stage from json_to_recordset(${`[${items.join(',')}]`}::json)
        as s(run_id text, stage text) order by run_id
    ), span as (
      insert into slipway.stage_spans (run_id, stage) select run_id, stage from step order by run_id on conflict do nothing
    ), held as (
      select r.id from slipway.runs r join step s on s.run_id = r.id order by r.id for no key update of r
    )
    update slipway.runs r set stage = s.stage, status = 'running', waiting_for = null
    from step s join held h on h.id = s.run_id where r.id = s.run_id and r.status <> 'finished'`.execute(db);
  return items.map(() => true as const);
});

/** The stage of a run has ended, now; only the first end counts. */
export async function endSpan(db: Kysely<Database>, runId: string, stage: string): Promise<void> {
  await endOne(db, JSON.stringify({ run_id: runId, stage, at: new Date() }));
}

const endOne = batched<Kysely<Database>, true>(async (db, items) => {
  await sql`
    update slipway.stage_spans s set ended_at = e.at
    from json_to_recordset(${`[${items.join(',')}]`}::json) as e(run_id text, stage text, at timestamptz)
    where s.run_id = e.run_id and s.stage = e.stage and s.ended_at is null`.execute(db);
  return items.map(() => true as const);
});
