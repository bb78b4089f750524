import { type Kysely, sql } from 'kysely';

/** What belongs to the fleet as a whole: what operators set, which replicas live, what model calls hold and have cost. */
export async function fleet(db: Kysely<unknown>): Promise<void> {
  await createControls(db);
  await createReplicas(db);
  await createBudgets(db);
  await createSlots(db);
  await createRollbacks(db);
  await sql`alter table slipway.runs add column front_at timestamptz`.execute(db);
}

/** `version` is the `n` of the entry that set it; 0 = seeded from the configuration. */
async function createControls(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.fleet_controls (
      name text primary key check (name ~ '^[a-z][a-z0-9_.-]{0,60}$'),
      version integer not null check (version >= 0),
      value jsonb not null,
      actor text not null check (length(actor) between 1 and 200),
      reason text not null,
      at timestamptz not null default now()
    )`.execute(db);
}

async function createReplicas(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.replicas (
      id text primary key check (length(id) between 1 and 80),
      host text not null,
      pid integer not null,
      version text not null,
      stages jsonb not null,
      concurrency integer not null check (concurrency > 0),
      active integer not null check (active >= 0),
      draining boolean not null default false,
      started_at timestamptz not null default clock_timestamp(),
      last_beat timestamptz not null default clock_timestamp()
    )`.execute(db);
}

/** Sums that the trigger keeps, so that they cannot differ from agent_usage. Keys: run:<id>, repo:<day>:<repo>, day:<day>; days are UTC. */
async function createBudgets(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.budget_spent (
      key text primary key,
      day date not null,
      tokens bigint not null check (tokens >= 0),
      cost_microusd bigint not null check (cost_microusd >= 0)
    )`.execute(db);
  await sql`create index budget_spent_by_day on slipway.budget_spent (day)`.execute(db);
  await sql`
    create function slipway.budget_keys(p_run text, p_at timestamptz) returns text[] language sql stable as $$
      select array['run:' || r.id, 'repo:' || d.day || ':' || r.repo, 'day:' || d.day]
      from slipway.runs r, (select (p_at at time zone 'UTC')::date as day) d where r.id = p_run
    $$`.execute(db);
  // Rows are always locked in the order run, repository, day: two bookings never wait for each other crosswise.
  await sql`
    create function slipway.book_budget() returns trigger language plpgsql as $$
    begin
      insert into slipway.budget_spent as b (key, day, tokens, cost_microusd)
      select k.key, (new.at at time zone 'UTC')::date,
        new.input_tokens::bigint + new.output_tokens + new.cache_read_tokens + new.cache_write_tokens, new.cost_microusd
      from unnest(slipway.budget_keys(new.run_id, new.at)) with ordinality k(key, place) order by k.place
      on conflict (key) do update
        set tokens = b.tokens + excluded.tokens, cost_microusd = b.cost_microusd + excluded.cost_microusd;
      return null;
    end $$`.execute(db);
  await sql`
    create trigger book_budget after insert on slipway.agent_usage
    for each row execute function slipway.book_budget()`.execute(db);
  await sql`
    insert into slipway.budget_spent (key, day, tokens, cost_microusd)
    select k.key, min((u.at at time zone 'UTC')::date),
      sum(u.input_tokens::bigint + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens), sum(u.cost_microusd)
    from slipway.agent_usage u, unnest(slipway.budget_keys(u.run_id, u.at)) k(key) group by k.key`.execute(db);
}

/**
 * A request to the model that is under way: one for each call over the whole fleet, never more than the cap, and only
 * within the budgets. All in one autocommit statement: whoever dies in the middle holds no lock.
 */
async function createSlots(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.agent_slots (
      call_id text primary key references slipway.agent_calls (id),
      run_id slipway.run_id not null references slipway.runs (id),
      replica text not null,
      budgets text[] not null,
      tokens bigint not null check (tokens >= 0),
      cost_microusd bigint not null check (cost_microusd >= 0),
      taken_at timestamptz not null default clock_timestamp()
    )`.execute(db);
  await sql`
    create function slipway.take_agent_slot(
      p_call text, p_run text, p_replica text, p_alive_s double precision, p_tokens bigint, p_cost bigint,
      p_max_tokens bigint[], p_max_cost bigint[]
    ) returns text language plpgsql as $$
    declare
      v_keys text[] := slipway.budget_keys(p_run, clock_timestamp());
      v_cap integer;
      v_alive text[];
      v_tokens bigint;
      v_cost bigint;
    begin
      perform pg_advisory_xact_lock(721003);
      -- A slot of a replica that beats no more is no request any more: the job is on its way to another replica.
      select coalesce(array_agg(s.call_id), '{}') into v_alive
        from slipway.agent_slots s join slipway.replicas r on r.id = s.replica
        where r.last_beat > clock_timestamp() - make_interval(secs => p_alive_s)
          and not (s.call_id = p_call and s.replica = p_replica);
      if p_call = any(v_alive) then return 'busy'; end if;
      select (c.value ->> 'value')::integer into v_cap from slipway.fleet_controls c where c.name = 'max_concurrent_agents';
      if v_cap is not null and cardinality(v_alive) >= v_cap then return 'full'; end if;
      for i in 1 .. cardinality(v_keys) loop
        if p_max_tokens[i] is null and p_max_cost[i] is null then continue; end if;
        select coalesce(sum(x.tokens), 0), coalesce(sum(x.cost), 0) into v_tokens, v_cost from (
          select b.tokens, b.cost_microusd as cost from slipway.budget_spent b where b.key = v_keys[i]
          union all
          select s.tokens, s.cost_microusd from slipway.agent_slots s
            where v_keys[i] = any(s.budgets) and s.call_id <> p_call
        ) x;
        if v_tokens + p_tokens > p_max_tokens[i] or v_cost + p_cost > p_max_cost[i] then return v_keys[i]; end if;
      end loop;
      insert into slipway.agent_slots (call_id, run_id, replica, budgets, tokens, cost_microusd)
        values (p_call, p_run, p_replica, v_keys, p_tokens, p_cost)
        on conflict (call_id) do update
          set replica = excluded.replica, budgets = excluded.budgets, tokens = excluded.tokens,
            cost_microusd = excluded.cost_microusd, taken_at = excluded.taken_at;
      return 'taken';
    end $$`.execute(db);
}

/** Orders to put a service's previous version back. The id holds the canary's lease, which therefore names no run only. */
async function createRollbacks(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.rollbacks (
      id slipway.run_id primary key,
      run_id slipway.run_id not null references slipway.runs (id),
      n integer not null check (n >= 0),
      service text not null,
      status text not null check (status in ('ordered', 'done', 'failed')),
      waiting_for text,
      actor text not null,
      reason text not null,
      created_at timestamptz not null default clock_timestamp(),
      finished_at timestamptz,
      constraint rollbacks_one_per_order unique (run_id, n)
    )`.execute(db);
  await sql`create unique index rollbacks_one_open on slipway.rollbacks (service) where status = 'ordered'`.execute(db);
  await sql`alter table slipway.leases drop constraint leases_holder_fkey`.execute(db);
  await sql`alter table slipway.lease_requests drop constraint lease_requests_run_id_fkey`.execute(db);
}
