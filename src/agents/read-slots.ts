import { type Kysely, sql } from 'kysely';
import { AGENT_CAP } from '../fleet/control.ts';
import type { Database } from '../store/tables.ts';

/**
 * Without a beat for as long as a job's lock lasts, a replica has lost its jobs, and what it held counts no more: whoever takes
 * a job over is not held up by it. Three beats fit in.
 */
export const ALIVE_S = 6;

/** Requests to the model that are under way over the whole fleet, and how many may be; null = no cap is set. */
export interface SlotUse {
  readonly taken: number;
  readonly cap: number | null;
}

/** As `take_agent_slot` counts them: what a replica without a beat held is free. @throws {StoreDown} */
export async function readSlots(db: Kysely<Database>): Promise<SlotUse> {
  const { rows } = await sql<SlotUse>`
    select (select count(*)::integer from slipway.agent_slots s join slipway.replicas r on r.id = s.replica
        where r.last_beat > clock_timestamp() - make_interval(secs => ${ALIVE_S})) as taken,
      (select (c.value ->> 'value')::integer from slipway.fleet_controls c where c.name = ${AGENT_CAP}) as cap`.execute(
    db,
  );
  return rows[0] ?? { taken: 0, cap: null };
}
