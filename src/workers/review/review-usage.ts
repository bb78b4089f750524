import type { Kysely } from 'kysely';
import { billedByAgent } from '../../agents/usage.ts';
import type { UsageRecord } from '../../agents/usage-record.ts';
import { RunId } from '../../ids.ts';
import { batched } from '../../store/batched.ts';
import { runSql } from '../../store/run-sql.ts';
import type { Database, Run } from '../../store/tables.ts';
import type { ReadChange } from '../read-change.ts';
import { type SentRequest, sumReviewUsage } from './sum-review-usage.ts';

/** What the review cost, and what it would have been sent had nothing been left out. */
export async function readReviewUsage(db: Kysely<Database>, run: Run, reading: ReadChange): Promise<UsageRecord> {
  const [requests, billed] = await Promise.all([readRequests(db, run.id), billedByAgent(db, RunId.parse(run.id))]);
  // Of a new file the diff has every line already.
  const known = reading.inspection.files.filter(({ status }) => status !== 'added');
  const texts = known.flatMap(({ path }) => reading.headText(path) ?? []);
  return sumReviewUsage({ requests, billed, diff: reading.diff ?? '', texts });
}

interface StoredRequest extends SentRequest {
  readonly run_id: string;
}

const READ = `
  select call.run_id, call.agent, call.n, call.reused_from, octet_length(blob.bytes) as bytes,
    octet_length(request.body ->> 'system') as prompt_bytes, request.body ->> 'lens' as lens
  from slipway.agent_calls call join slipway.blobs blob on blob.digest = call.request,
    lateral (select convert_from(blob.bytes, 'utf8')::jsonb as body) as request
  where call.run_id = any($1::text[]) and call.stage = 'review'`;

const readRequests = batched<Kysely<Database>, StoredRequest[]>(async (db, runIds) => {
  const rows = await runSql<StoredRequest>(db, READ, [[...new Set(runIds)]]);
  return runIds.map((runId) => rows.filter((row) => row.run_id === runId));
});
