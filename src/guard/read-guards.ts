import { type Kysely, sql } from 'kysely';
import type { Database } from '../store/tables.ts';
import type { KnownGuard } from './known-guard.ts';

/** Every guard that did not say goodbye, as it stands to the canary of one run. @throws {StoreDown} */
export async function readGuards(db: Kysely<Database>, runId: string): Promise<KnownGuard[]> {
  const { rows } = await sql<KnownGuard>`
    select greatest(0, extract(epoch from clock_timestamp() - g.seen_at) * 1000)::float8 as "silentMs",
      exists (select from slipway.guard_notes n where n.guard_id = g.id and n.run_id = ${runId}) as noted
    from slipway.guards g`.execute(db);
  return rows;
}
