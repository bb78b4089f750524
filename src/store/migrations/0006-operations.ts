import { type Kysely, sql } from 'kysely';

/** What operators need beside the fleet itself: the gate of rolling upgrades, and what the janitor knows. */
export async function operations(db: Kysely<unknown>): Promise<void> {
  await createGate(db);
  await createJanitor(db);
}

/** One row: the oldest code that may work on this schema. `slipway migrate` writes it, everybody reads it when it starts. */
async function createGate(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.schema_gate (
      only_row boolean primary key default true check (only_row),
      oldest_code text not null
    )`.execute(db);
}

/** Which blobs the record names, and up to which entry that was read. */
async function createJanitor(db: Kysely<unknown>): Promise<void> {
  await sql`create table slipway.blob_refs (digest slipway.digest primary key)`.execute(db);
  await sql`
    create table slipway.blob_scan (
      only_row boolean primary key default true check (only_row),
      read_to bigint not null
    )`.execute(db);
  await sql`insert into slipway.blob_scan (read_to) values (-1)`.execute(db);
  await sql`create index runs_by_end on slipway.runs (finished_at) where status = 'finished'`.execute(db);
  // What a call cost outlives the call: figures and budgets are sums over it.
  await sql`alter table slipway.agent_usage drop constraint agent_usage_call_id_fkey`.execute(db);
}
