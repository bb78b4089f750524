import { type Kysely, sql } from 'kysely';
import type { Budgets } from '../config/schema.ts';
import type { Database } from '../store/tables.ts';

/** How much of one budget is used: booked, and held by requests that are under way. */
export interface BudgetUse {
  readonly budget: 'run' | 'repository' | 'day';
  /** A run's id, a repository, or the day (UTC). */
  readonly subject: string;
  readonly tokens: { readonly used: number; readonly max: number | null };
  readonly usd: { readonly used: number; readonly max: number | null };
  /** The larger of the two shares; 1 = used up. */
  readonly ratio: number;
}

const LIMIT_OF = { run: 'run', repo: 'repository_day', day: 'day' } as const;
const NAME_OF = { run: 'run', repo: 'repository', day: 'day' } as const;
/** Rows are kept so long for people who look back; nothing reads older ones. */
const KEPT_DAYS = 40;

/** Budgets of today and of live runs that have a limit, the fullest first. @throws {StoreDown} */
export async function readBudgets(db: Kysely<Database>, budgets: Budgets): Promise<BudgetUse[]> {
  const limited = (['run', 'repo', 'day'] as const).filter((kind) => {
    const { tokens, usd } = budgets[LIMIT_OF[kind]];
    return tokens !== undefined || usd !== undefined;
  });
  if (limited.length === 0) return [];
  const { rows } = await sql<{ key: string; tokens: string; cost: string }>`
    with use as (
      select b.key, b.tokens, b.cost_microusd as cost from slipway.budget_spent b
      union all
      select k.key, s.tokens, s.cost_microusd from slipway.agent_slots s, unnest(s.budgets) k(key)
    ), today as (select (clock_timestamp() at time zone 'UTC')::date::text as day)
    select use.key, sum(use.tokens)::text as tokens, sum(use.cost)::text as cost from use, today
    where use.key = 'day:' || today.day or use.key like 'repo:' || today.day || ':%'
      or (use.key like 'run:%' and exists (
        select from slipway.runs r where r.id = substr(use.key, 5) and r.status <> 'finished'))
    group by use.key`.execute(db);
  return rows
    .flatMap(({ key, tokens, cost }) => {
      const kind = limited.find((name) => key.startsWith(`${name}:`));
      if (kind === undefined) return [];
      const limit = budgets[LIMIT_OF[kind]];
      const use = {
        tokens: { used: Number(tokens), max: limit.tokens ?? null },
        usd: { used: Number(cost) / 1_000_000, max: limit.usd ?? null },
      };
      const subject = kind === 'repo' ? key.slice('repo:2026-11-27:'.length) : key.slice(kind.length + 1);
      return [{ budget: NAME_OF[kind], subject, ...use, ratio: Math.max(share(use.tokens), share(use.usd)) }];
    })
    .toSorted((a, b) => b.ratio - a.ratio);
}

function share({ used, max }: { used: number; max: number | null }): number {
  return max === null ? 0 : used / max;
}

/**
 * For the sweeper: sums of long ago, and what a replica that died held for calls that are done since; its request may have
 * been answered and billed, so it counts as spent. @throws {StoreDown}
 */
export async function tidyBudgets(db: Kysely<Database>): Promise<void> {
  await sql`delete from slipway.budget_spent where day < current_date - ${KEPT_DAYS}::integer`.execute(db);
  await sql`
    with gone as (
      delete from slipway.agent_slots s using slipway.agent_calls c
      where c.id = s.call_id and c.status = 'done' and s.taken_at < clock_timestamp() - interval '5 minutes'
      returning s.*, c.agent
    )
    insert into slipway.agent_usage (call_id, run_id, agent, model, outcome, input_tokens, output_tokens,
      cache_read_tokens, cache_write_tokens, cost_microusd, latency_ms)
    select call_id, run_id, agent, 'unknown', 'unknown', tokens, 0, 0, 0, cost_microusd, 0 from gone`.execute(db);
}
