import { type Kysely, sql } from 'kysely';
import type { RunId } from '../ids.ts';
import type { Database } from '../store/tables.ts';
import type { Usage } from './agent-call.ts';

export interface RunUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costMicroUsd: number;
  /** Requests that the model answered, with whatever. */
  readonly requests: number;
}

/** Books one request that the model answered, whether or not the answer is of use. */
export async function bookUsage(
  db: Kysely<Database>,
  call: { readonly id: string; readonly run_id: string; readonly agent: string },
  outcome: string,
  usage: Usage,
): Promise<void> {
  await db
    .insertInto('slipway.agent_usage')
    .values({
      call_id: call.id,
      run_id: call.run_id,
      agent: call.agent,
      model: usage.model,
      outcome,
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      cache_read_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      cost_microusd: usage.costMicroUsd,
      latency_ms: usage.latencyMs,
    })
    .execute();
}

/** Everything that a run's requests were billed for, failed ones too. */
export async function usageOfRun(db: Kysely<Database>, runId: RunId): Promise<RunUsage> {
  const total = (column: string) => sql<string>`coalesce(sum(${sql.ref(column)}), 0)`;
  const row = await db
    .selectFrom('slipway.agent_usage')
    .select([
      total('input_tokens').as('input'),
      total('output_tokens').as('output'),
      total('cache_read_tokens').as('cache_read'),
      total('cache_write_tokens').as('cache_write'),
      total('cost_microusd').as('cost'),
      sql<string>`count(*)`.as('requests'),
    ])
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow();
  return {
    inputTokens: Number(row.input),
    outputTokens: Number(row.output),
    cacheReadTokens: Number(row.cache_read),
    cacheWriteTokens: Number(row.cache_write),
    costMicroUsd: Number(row.cost),
    requests: Number(row.requests),
  };
}
