import { type Kysely, sql } from 'kysely';

/** People and policy: who pushed, emergencies and their later review, owners and reminders, the rollout, unaudited commits. */
export async function people(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table slipway.runs
      add column pusher text check (length(pusher) between 1 and 200),
      add column emergency_reason text check (length(emergency_reason) between 1 and 2000),
      add column emergency_by text,
      add constraint runs_emergency_named check ((emergency_reason is null) = (emergency_by is null))`.execute(db);
  await sql`
    alter table slipway.escalations
      add column owners jsonb not null default '[]',
      add column reminded integer not null default 0 check (reminded >= 0)`.execute(db);
  await sql`create index runs_by_service on slipway.runs (service, finished_at desc)`.execute(db);
  await sql`create index runs_by_author on slipway.runs (lower(author), finished_at desc)`.execute(db);
  await sql`
    create table slipway.rollout_steps (
      n integer primary key check (n >= 0),
      automated_pct double precision not null check (automated_pct between 0 and 100),
      configured_pct double precision not null,
      actor text not null,
      reason text not null,
      at timestamptz not null
    )`.execute(db);
  await sql`
    create table slipway.branch_watch (
      service text primary key,
      branch text not null,
      tip slipway.git_sha not null,
      checked_at timestamptz not null
    )`.execute(db);
  await sql`
    create table slipway.unaudited_commits (
      service text not null,
      sha slipway.git_sha not null,
      kind text not null check (kind in ('commit', 'history_rewritten')),
      found_at timestamptz not null,
      primary key (service, sha)
    )`.execute(db);
  await sql`
    create table slipway.follow_ups (
      run_id slipway.run_id primary key references slipway.runs (id),
      due_at timestamptz not null,
      overdue_recorded boolean not null default false,
      closed_at timestamptz,
      closed_by text,
      reason text,
      constraint follow_ups_closed_by_someone check ((closed_at is null) = (closed_by is null))
    )`.execute(db);
  await sql`create index follow_ups_open on slipway.follow_ups (due_at) where closed_at is null`.execute(db);
}
