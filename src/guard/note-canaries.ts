import { type Kysely, sql } from 'kysely';
import type { Database } from '../store/tables.ts';

export interface GuardIdentity {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
}

/**
 * Says that this guard lives and which canaries are in its file. Called after the file is on disk: what stands here is
 * what the guard would take to zero with every store gone. @throws {StoreDown}
 */
export async function noteCanaries(
  db: Kysely<Database>,
  guard: GuardIdentity,
  runIds: readonly string[],
): Promise<void> {
  const { id, host, pid, version } = guard;
  await sql`
    with beat as (
      insert into slipway.guards (id, host, pid, version) values (${id}, ${host}, ${pid}, ${version})
      on conflict (id) do update set host = excluded.host, pid = excluded.pid, version = excluded.version,
        seen_at = clock_timestamp()
      returning id
    )
    insert into slipway.guard_notes (run_id, guard_id)
    select run.id, beat.id from beat, slipway.runs run where run.id = any(${[...runIds]})
    on conflict do nothing`.execute(db);
}

/** A guard that ends as it was told is not missed. What it noted goes with it. @throws {StoreDown} */
export async function leaveGuards(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('slipway.guards').where('id', '=', id).execute();
}
