import { type Kysely, sql } from 'kysely';

/** What is to be told to whom outside, until it is told or given up: one row for each run, subject and channel. */
export async function notifications(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.notifications (
      run_id slipway.run_id not null references slipway.runs (id) on delete cascade,
      subject text not null check (subject in ('incident')),
      channel text not null check (channel in ('webhook', 'slack')),
      status text not null default 'pending' check (status in ('pending', 'sent', 'dead')),
      attempts integer not null default 0 check (attempts >= 0),
      next_at timestamptz not null default clock_timestamp(),
      problem text,
      created_at timestamptz not null default clock_timestamp(),
      primary key (run_id, subject, channel)
    )`.execute(db);
  await sql`create index notifications_due on slipway.notifications (next_at) where status = 'pending'`.execute(db);
}
