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
  const row = await sumOne(db, runId);
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
  readonly input: string;
  readonly output: string;
  readonly cache_read: string;
  readonly cache_write: string;
  readonly cost: string;
  readonly requests: string;
}
const NOTHING = { input: '0', output: '0', cache_read: '0', cache_write: '0', cost: '0', requests: '0' };

const SUM = `
  select run_id, coalesce(sum(input_tokens), 0) as input, coalesce(sum(output_tokens), 0) as output,
    coalesce(sum(cache_read_tokens), 0) as cache_read, coalesce(sum(cache_write_tokens), 0) as cache_write,
    coalesce(sum(cost_microusd), 0) as cost, count(*) as requests
  from slipway.agent_usage where run_id = any($1::text[]) group by run_id`;

const sumOne = batched<Kysely<Database>, Omit<UsageSums, 'run_id'>>(async (db, runIds) => {
  const rows = await runSql<UsageSums>(db, SUM, [[...new Set(runIds)]]);
  const byRun = new Map(rows.map((row) => [row.run_id, row]));
  return runIds.map((runId) => byRun.get(runId) ?? NOTHING);
});
