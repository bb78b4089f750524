import { type Kysely, sql } from 'kysely';

/**
 * What several agent calls have in common is written in one statement: usage is booked by statement and not by row, and a
 * slot is asked for under the lock that also says whether the call still needs one.
 */
export async function gatheredCalls(db: Kysely<unknown>): Promise<void> {
  await bookByStatement(db);
  await refuseDoneCalls(db);
}

/**
 * All sums of a statement are locked in one order: runs, then repositories, then days, each by key. Two statements that book
 * for several runs then never wait for each other crosswise, which row by row they would.
 */
async function bookByStatement(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function slipway.book_budgets() returns trigger language plpgsql as $$
    begin
      insert into slipway.budget_spent as b (key, day, tokens, cost_microusd)
      select k.key, min((u.at at time zone 'UTC')::date),
        sum(u.input_tokens::bigint + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens), sum(u.cost_microusd)
      from booked u, unnest(slipway.budget_keys(u.run_id, u.at)) with ordinality k(key, place)
      group by k.place, k.key order by k.place, k.key
      on conflict (key) do update
        set tokens = b.tokens + excluded.tokens, cost_microusd = b.cost_microusd + excluded.cost_microusd;
      return null;
    end $$`.execute(db);
  await sql`drop trigger book_budget on slipway.agent_usage`.execute(db);
  await sql`
    create trigger book_budgets after insert on slipway.agent_usage referencing new table as booked
    for each statement execute function slipway.book_budgets()`.execute(db);
  await sql`drop function slipway.book_budget()`.execute(db);
}

/**
 * As in 0003, and: a call whose result is stored gets none ('done'), and where a slot is taken over from a replica that beats
 * no more, what that one held is booked as spent (outcome 'unknown'): its request may have been answered and billed.
 */
async function refuseDoneCalls(db: Kysely<unknown>): Promise<void> {
  await sql`
    create or replace function slipway.take_agent_slot(
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
      -- A slot goes back with the result, so whoever finds none held sees here what came of the call.
      if exists (select from slipway.agent_calls c where c.id = p_call and c.status = 'done') then return 'done'; end if;
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
            where v_keys[i] = any(s.budgets) and not (s.call_id = p_call and s.replica = p_replica)
        ) x;
        if v_tokens + p_tokens > p_max_tokens[i] or v_cost + p_cost > p_max_cost[i] then return v_keys[i]; end if;
      end loop;
      insert into slipway.agent_usage (call_id, run_id, agent, model, outcome, input_tokens, output_tokens,
          cache_read_tokens, cache_write_tokens, cost_microusd, latency_ms)
        select s.call_id, s.run_id, c.agent, 'unknown', 'unknown', s.tokens, 0, 0, 0, s.cost_microusd, 0
        from slipway.agent_slots s join slipway.agent_calls c on c.id = s.call_id
        where s.call_id = p_call and s.replica <> p_replica;
      insert into slipway.agent_slots (call_id, run_id, replica, budgets, tokens, cost_microusd)
        values (p_call, p_run, p_replica, v_keys, p_tokens, p_cost)
        on conflict (call_id) do update
          set replica = excluded.replica, budgets = excluded.budgets, tokens = excluded.tokens,
            cost_microusd = excluded.cost_microusd, taken_at = excluded.taken_at;
      return 'taken';
    end $$`.execute(db);
}
