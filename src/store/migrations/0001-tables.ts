import { type Kysely, sql } from 'kysely';

/**
 * Everything but the record: the schema `slipway`. src/store/tables.ts says what each column means.
 * Domains carry the checks that many columns share; numbers that are measured are floats, money and fences are bigint.
 */
export async function tables(db: Kysely<unknown>): Promise<void> {
  await sql`create domain slipway.run_id as text check (value ~ '^[0-9a-f]{32}$')`.execute(db);
  await sql`create domain slipway.git_sha as text check (value ~ '^[0-9a-f]{40}$')`.execute(db);
  await sql`create domain slipway.digest as text check (value ~ '^[0-9a-f]{64}$')`.execute(db);
  await createBlobs(db);
  await createRuns(db);
  await createAgentTables(db);
  await createWaits(db);
  await createMeasurements(db);
  await createAccess(db);
}

async function createBlobs(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.blobs (
      digest slipway.digest primary key,
      media_type text not null check (length(media_type) between 1 and 200),
      bytes bytea not null,
      created_at timestamptz not null default now(),
      constraint blobs_named_by_content check (digest = encode(sha256(bytes), 'hex'))
    )`.execute(db);
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.runs (
      id slipway.run_id primary key,
      repo text not null check (length(repo) between 1 and 200),
      service text not null,
      pr_number integer not null check (pr_number > 0),
      head_sha slipway.git_sha not null,
      attempt integer not null check (attempt > 0),
      title text not null,
      author text not null,
      dry_run boolean not null,
      profile text not null,
      policy_hash slipway.digest not null,
      target_sha slipway.git_sha,
      base_sha slipway.git_sha,
      merge_sha slipway.git_sha,
      artifact text,
      stage text not null,
      status text not null check (status in ('queued', 'running', 'waiting', 'finished')),
      waiting_for text,
      risk_score double precision check (risk_score between 0 and 10),
      route text check (route in ('automated', 'human')),
      outcome text check (
        outcome in ('deployed', 'rolled_back', 'blocked', 'rejected', 'superseded', 'cancelled', 'failed')
      ),
      outcome_reason text,
      stop_kind text check (stop_kind in ('superseded', 'cancelled')),
      stop_reason text,
      -- Deferred: the older run may be marked before the newer row exists in the same transaction.
      superseded_by slipway.run_id references slipway.runs (id) deferrable initially deferred,
      created_at timestamptz not null default now(),
      finished_at timestamptz,
      constraint runs_one_per_attempt unique (repo, pr_number, head_sha, attempt),
      constraint runs_finished_has_outcome check (status <> 'finished' or outcome is not null)
    )`.execute(db);
  await sql`create index runs_by_age on slipway.runs (created_at desc, id)`.execute(db);
  await sql`create index runs_by_pull_request on slipway.runs (repo, pr_number, created_at desc)`.execute(db);
  await sql`create index runs_open on slipway.runs (status, created_at) where status <> 'finished'`.execute(db);
}

async function createAgentTables(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.agent_calls (
      id text primary key,
      run_id slipway.run_id not null references slipway.runs (id),
      stage text not null,
      agent text not null,
      n integer not null check (n >= 0),
      request slipway.digest not null references slipway.blobs (digest),
      status text not null check (status in ('queued', 'done')),
      kind text check (kind in ('answer', 'inconclusive')),
      reason text,
      answer slipway.digest references slipway.blobs (digest),
      model text,
      request_id text,
      deadline_at timestamptz not null,
      created_at timestamptz not null default now(),
      done_at timestamptz,
      constraint agent_calls_one_per_step unique (run_id, stage, agent, n),
      constraint agent_calls_done_has_kind check ((status = 'done') = (kind is not null))
    )`.execute(db);
  await sql`create index agent_calls_open on slipway.agent_calls (deadline_at) where status = 'queued'`.execute(db);
  await sql`
    create table slipway.agent_usage (
      id bigint generated always as identity primary key,
      call_id text not null references slipway.agent_calls (id),
      run_id slipway.run_id not null references slipway.runs (id),
      agent text not null,
      model text not null,
      outcome text not null,
      input_tokens integer not null check (input_tokens >= 0),
      output_tokens integer not null check (output_tokens >= 0),
      cache_read_tokens integer not null check (cache_read_tokens >= 0),
      cache_write_tokens integer not null check (cache_write_tokens >= 0),
      cost_microusd bigint not null check (cost_microusd >= 0),
      latency_ms double precision not null check (latency_ms >= 0),
      at timestamptz not null default now()
    )`.execute(db);
  await sql`create index agent_usage_by_run on slipway.agent_usage (run_id)`.execute(db);
  await sql`create index agent_usage_by_call on slipway.agent_usage (call_id)`.execute(db);
}

async function createWaits(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.escalations (
      run_id slipway.run_id not null references slipway.runs (id),
      stage text not null,
      reasons jsonb not null,
      package slipway.digest not null references slipway.blobs (digest),
      approvals_needed integer not null check (approvals_needed > 0),
      deadline_at timestamptz not null,
      opened_at timestamptz not null default now(),
      decided_at timestamptz,
      decision text,
      primary key (run_id, stage)
    )`.execute(db);
  await sql`create index escalations_open on slipway.escalations (deadline_at) where decided_at is null`.execute(db);
  await sql`
    create table slipway.leases (
      name text primary key check (length(name) between 1 and 120),
      token bigint not null default 0 check (token >= 0),
      holder slipway.run_id references slipway.runs (id),
      granted_at timestamptz,
      constraint leases_held_since check ((holder is null) = (granted_at is null))
    )`.execute(db);
  await sql`create index leases_by_holder on slipway.leases (holder) where holder is not null`.execute(db);
  await sql`
    create table slipway.lease_requests (
      id bigint generated always as identity primary key,
      name text not null references slipway.leases (name),
      run_id slipway.run_id not null references slipway.runs (id),
      requested_at timestamptz not null default now(),
      constraint lease_requests_one_place unique (run_id, name)
    )`.execute(db);
  await sql`create index lease_requests_in_line on slipway.lease_requests (name, id)`.execute(db);
}

async function createMeasurements(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.canary_ticks (
      run_id slipway.run_id not null references slipway.runs (id),
      n integer not null check (n >= 0),
      at timestamptz not null,
      sample jsonb not null,
      primary key (run_id, n)
    )`.execute(db);
  await sql`
    create table slipway.stage_spans (
      run_id slipway.run_id not null references slipway.runs (id),
      stage text not null,
      started_at timestamptz not null default now(),
      ended_at timestamptz,
      primary key (run_id, stage)
    )`.execute(db);
}

async function createAccess(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.tokens (
      id text primary key,
      name text not null check (length(name) between 1 and 200),
      hash slipway.digest not null unique,
      scopes jsonb not null,
      person text,
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      revoked_at timestamptz
    )`.execute(db);
  await sql`
    create table slipway.sessions (
      hash slipway.digest primary key,
      token_id text not null references slipway.tokens (id) on delete cascade,
      csrf text not null,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null
    )`.execute(db);
  await sql`create index sessions_by_token on slipway.sessions (token_id)`.execute(db);
  await sql`create index sessions_by_expiry on slipway.sessions (expires_at)`.execute(db);
}
