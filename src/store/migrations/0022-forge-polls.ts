import { type Kysely, sql } from 'kysely';

/** How far each repository's open pull requests have been compared with the runs: one row for each that is watched. */
export async function forgePolls(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.forge_polls (
      repo text primary key,
      watched_since timestamptz not null default clock_timestamp(),
      next_at timestamptz not null default clock_timestamp(),
      ok_at timestamptz,
      failures integer not null default 0 check (failures >= 0),
      problem text,
      found bigint not null default 0 check (found >= 0)
    )`.execute(db);
}
