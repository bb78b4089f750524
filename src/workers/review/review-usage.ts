import type { Kysely } from 'kysely';
import { usageOfRun } from '../../agents/usage.ts';
import { BYTES_PER_TOKEN, estimateTokens } from '../../change/estimate-tokens.ts';
import { RunId } from '../../ids.ts';
import { batched } from '../../store/batched.ts';
import { runSql } from '../../store/run-sql.ts';
import type { Database, Run } from '../../store/tables.ts';

/** What the review cost, and what it would have cost in input if each of its questions had come with the whole diff. */
export interface ReviewUsage {
  readonly calls: number;
  /** Of them answered by an earlier head's stored answer, at no cost. */
  readonly reused: number;
  /** Estimated input tokens of the requests that were sent. */
  readonly sent_tokens: number;
  /** The same estimate had every question, reused ones too, been sent with its prompt and the whole diff. */
  readonly whole_diff_tokens: number;
  /** As billed, failed requests too. */
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly cost_microusd: number;
}

export async function readReviewUsage(db: Kysely<Database>, run: Run, diff: string | null): Promise<ReviewUsage> {
  const [rows, billed] = await Promise.all([readRequests(db, run.id), usageOfRun(db, RunId.parse(run.id))]);
  const wholeDiff = estimateTokens(diff ?? '');
  const tokens = (bytes: number) => Math.ceil(bytes / BYTES_PER_TOKEN);
  return {
    calls: rows.length,
    reused: rows.filter((row) => row.reused_from !== null).length,
    sent_tokens: rows.filter((row) => row.reused_from === null).reduce((sum, row) => sum + tokens(row.bytes), 0),
    whole_diff_tokens: rows.reduce((sum, row) => sum + tokens(row.prompt_bytes) + wholeDiff, 0),
    input_tokens: billed.inputTokens,
    output_tokens: billed.outputTokens,
    cache_read_tokens: billed.cacheReadTokens,
    cache_write_tokens: billed.cacheWriteTokens,
    cost_microusd: billed.costMicroUsd,
  };
}

interface SentRequest {
  readonly run_id: string;
  readonly reused_from: string | null;
  readonly bytes: number;
  readonly prompt_bytes: number;
}

const READ = `
  select call.run_id, call.reused_from, octet_length(blob.bytes) as bytes,
    octet_length(convert_from(blob.bytes, 'utf8')::jsonb ->> 'system') as prompt_bytes
  from slipway.agent_calls call join slipway.blobs blob on blob.digest = call.request
  where call.run_id = any($1::text[]) and call.stage = 'review'`;

const readRequests = batched<Kysely<Database>, SentRequest[]>(async (db, runIds) => {
  const rows = await runSql<SentRequest>(db, READ, [[...new Set(runIds)]]);
  return runIds.map((runId) => rows.filter((row) => row.run_id === runId));
});
