import { type Kysely, sql } from 'kysely';

/**
 * Guards that watch live canaries, and which canary each of them has in its own file. `stored_at` is the database's
 * clock: who looks from outside measures silence with one clock only.
 */
export async function guard(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.guards (
      id uuid primary key,
      host text not null check (length(host) between 1 and 255),
      pid integer not null,
      version text not null,
      started_at timestamptz not null default clock_timestamp(),
      seen_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  await sql`
    create table slipway.guard_notes (
      run_id slipway.run_id not null references slipway.runs (id) on delete cascade,
      guard_id uuid not null references slipway.guards (id) on delete cascade,
      noted_at timestamptz not null default clock_timestamp(),
      primary key (run_id, guard_id)
    )`.execute(db);
  await sql`
    alter table slipway.canary_ticks
      add column stored_at timestamptz not null default clock_timestamp()`.execute(db);
}
