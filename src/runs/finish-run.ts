import type { RunId } from '../ids.ts';
import { batched } from '../store/batched.ts';
import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';

export interface FinishedRun {
  readonly id: RunId;
  readonly outcome: string;
  readonly reason: string;
  readonly at: Date;
}

/**
 * Brings the projections in line with a recorded outcome, in one statement: the run gives back every lease and leaves every
 * line, its open questions are nobody's any more (they would be asked, and expire, after its end), and its row is finished.
 * Idempotent; of a run that is finished nothing is changed. @throws {StoreDown}
 */
export async function finishRun(db: Db, run: FinishedRun): Promise<void> {
  await finishOne(db, JSON.stringify(run));
}

/**
 * Leases are locked before rows, and both in one order, so that two processes never wait for each other's: what is sorted
 * after the leases were given back is where the rows begin.
 */
const FINISH = `
  with done as materialized (
    select distinct on (id) * from json_to_recordset($1::json)
      as d(id text, outcome text, reason text, at timestamptz) order by id
  ), freed as materialized (
    select slipway.release_leases(array_agg(id), array_agg(null::text)) from done
  ), next as materialized (
    select d.id from freed, done d order by d.id
  ), held as materialized (
    select r.id from next n, lateral (
      select r.id from slipway.runs r where r.id = n.id and r.status is distinct from 'finished' for no key update
    ) as r
  ), question as (
    update slipway.escalations q set decided_at = d.at, decision = d.outcome
    from done d, freed where q.run_id = any(array(select id from done)) and q.run_id = d.id and q.decided_at is null
  )
  update slipway.runs r set stage = 'release', status = 'finished', waiting_for = null,
    outcome = d.outcome, outcome_reason = d.reason, finished_at = d.at
  from done d join held h on h.id = d.id where r.id = any(array(select id from held)) and r.id = d.id`;

const finishOne = batched<Db, true>(async (db, items) => {
  await runSql(db, FINISH, [`[${items.join(',')}]`]);
  return items.map(() => true as const);
});
