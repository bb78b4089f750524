import type { Kysely } from 'kysely';
import type { RunId } from '../ids.ts';
import { batched } from '../store/batched.ts';
import { runSql } from '../store/run-sql.ts';
import type { Database } from '../store/tables.ts';

export interface RunUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costMicroUsd: number;
  /** Requests that the model answered, with whatever. */
  readonly requests: number;
}

/** Everything that a run's requests were billed for, failed ones too; of those that a killed replica had sent, the most they may have cost. */
export async function usageOfRun(db: Kysely<Database>, runId: RunId): Promise<RunUsage> {
  const rows = await sumOne(db, runId);
  const sum = (field: keyof RunUsage) => rows.map(toUsage).reduce((total, usage) => total + usage[field], 0);
  return {
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    cacheReadTokens: sum('cacheReadTokens'),
    cacheWriteTokens: sum('cacheWriteTokens'),
    costMicroUsd: sum('costMicroUsd'),
    requests: sum('requests'),
  };
}

/** The same by the kind of agent; one that was not asked is not there. */
export async function billedByAgent(db: Kysely<Database>, runId: RunId): Promise<ReadonlyMap<string, RunUsage>> {
  return new Map((await sumOne(db, runId)).map((row) => [row.agent, toUsage(row)]));
}

function toUsage(row: UsageSums): RunUsage {
  return {
    inputTokens: Number(row.input),
    outputTokens: Number(row.output),
    cacheReadTokens: Number(row.cache_read),
    cacheWriteTokens: Number(row.cache_write),
    costMicroUsd: Number(row.cost),
    requests: Number(row.requests),
  };
}

interface UsageSums {
  readonly run_id: string;
  readonly agent: string;
  readonly input: string;
  readonly output: string;
  readonly cache_read: string;
  readonly cache_write: string;
  readonly cost: string;
  readonly requests: string;
}
const SUM = `
  select run_id, agent, coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output,
    coalesce(sum(cache_read_tokens), 0) as cache_read, coalesce(sum(cache_write_tokens), 0) as cache_write,
    coalesce(sum(cost_microusd), 0) as cost, count(*) as requests
  from slipway.agent_usage where run_id = any($1::text[]) group by run_id, agent`;

const sumOne = batched<Kysely<Database>, UsageSums[]>(async (db, runIds) => {
  const rows = await runSql<UsageSums>(db, SUM, [[...new Set(runIds)]]);
  return runIds.map((runId) => rows.filter((row) => row.run_id === runId));
});
