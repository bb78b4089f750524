import { type Kysely, sql } from 'kysely';

/**
 * What staging measured so far, part by part, so that another replica goes on where one died and nothing is measured twice;
 * and for each service the newest baseline of production.
 */
export async function staging(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.staging_parts (
      run_id slipway.run_id not null references slipway.runs (id),
      round integer not null check (round >= 0),
      part text not null check (part ~ '^[a-z][a-z0-9-]{0,40}$'),
      body jsonb not null,
      at timestamptz not null default clock_timestamp(),
      primary key (run_id, round, part)
    )`.execute(db);
  await sql`
    create table slipway.baselines (
      service text primary key,
      digest slipway.digest not null,
      body text not null check (length(body) <= 1000000),
      pulled_at timestamptz not null
    )`.execute(db);
}
