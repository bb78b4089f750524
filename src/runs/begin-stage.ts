import type { Stage } from '../audit/entry.ts';
import type { RunId } from '../ids.ts';
import { batched } from '../store/batched.ts';
import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';
import type { Run } from '../store/tables.ts';
import { END_SPANS, withEnds } from './stage-spans.ts';

/**
 * A run as a step of this stage finds it; null where it does not exist. In the same statement it is noted on the run, unless
 * it was stopped or is finished, that the stage is at work; and of the stage's first step, which only latency figures read,
 * when it was. Steps that begin at the same time share the statement. @throws {StoreDown}
 */
export function beginStage(db: Db, runId: RunId, stage: Stage): Promise<Run | null> {
  return beginOne(db, JSON.stringify({ run_id: runId, stage }));
}

/**
 * Rows are locked by id, one after the other, so that two processes never wait for each other's; what is read is what was
 * there before. Every run is looked up by its key (src/store/open-database.ts says why).
 */
const BEGIN = `
  with step as materialized (
    select distinct on (run_id) run_id, stage from json_to_recordset($2::json)
      as s(run_id text, stage text) order by run_id
  ), held as materialized (
    select r.id, s.stage from step s, lateral (
      select r.id from slipway.runs r
      where r.id = s.run_id and r.status is distinct from 'finished' and r.stop_kind is null
        and (r.stage <> s.stage or r.status <> 'running' or r.waiting_for is not null)
      for no key update
    ) as r
  ), span as (
    insert into slipway.stage_spans (run_id, stage) select id, stage from held order by id on conflict do nothing
  ), ended as (${END_SPANS}    ), begun as (
    update slipway.runs r set stage = h.stage, status = 'running', waiting_for = null
    from held h where r.id = h.id and r.id = any(array(select id from held))
  )
  select r.* from slipway.runs r where r.id = any(array(select run_id from step))`;

const beginOne = batched<Db, Run | null>((db, items) =>
  withEnds(db, async (ends) => {
    const rows = await runSql<Run>(db, BEGIN, [ends, `[${items.join(',')}]`]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return items.map((item) => byId.get((JSON.parse(item) as { run_id: string }).run_id) ?? null);
  }),
);
