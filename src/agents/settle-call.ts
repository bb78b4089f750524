import { type Digest, digestOf } from '../ids.ts';
import { batched } from '../store/batched.ts';
import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';
import type { InconclusiveReason, Usage } from './agent-call.ts';

/** What came of a call. */
export type CallResult =
  | { readonly kind: 'answer'; readonly text: string; readonly model: string; readonly requestId: string | null }
  | {
      readonly kind: 'inconclusive';
      readonly reason: InconclusiveReason;
      readonly model: string | null;
      readonly requestId: string | null;
    };

/** What is written down of one request, all or nothing. */
export interface Settlement {
  readonly callId: string;
  /** What the model billed for the request, and what came of it; booked whether or not the result still counts. */
  readonly billed?: { readonly usage: Usage; readonly outcome: string } | null;
  /** The result of the call, which is then done; left out = it stays queued. */
  readonly result?: CallResult;
  /** The replica that gives its slot back. */
  readonly replica?: string;
}

/**
 * Books a request, keeps its answer, ends its call and gives its slot back, in one statement that requests which end at the
 * same time share. Of two results the first stands. True when this one ended the call. @throws {StoreDown}
 */
export function settleCall(db: Db, { callId, billed, result, replica }: Settlement): Promise<boolean> {
  const answer = result?.kind === 'answer' ? toBlob(result.text) : null;
  return settleOne(
    db,
    JSON.stringify({
      call_id: callId,
      replica,
      ...(result === undefined
        ? {}
        : { kind: result.kind, model: result.model, request_id: result.requestId, ...answer }),
      ...(result?.kind === 'inconclusive' ? { reason: result.reason } : {}),
      usage: billed && { outcome: billed.outcome, ...billed.usage },
    }),
  );
}

/** Ends a call without an answer, unless it is done already. True when this was the first to end it. */
export function settleInconclusive(db: Db, callId: string, reason: InconclusiveReason): Promise<boolean> {
  return settleCall(db, { callId, result: { kind: 'inconclusive', reason, model: null, requestId: null } });
}

/** As base64: an answer may hold characters that a JSON document of PostgreSQL may not. */
function toBlob(text: string): { answer: Digest; bytes: string } {
  const bytes = Buffer.from(text);
  return { answer: digestOf(bytes), bytes: bytes.toString('base64') };
}

/** Rows are locked by id and blobs by digest, so that two processes never wait for each other's. */
const SETTLE = `
  with item as materialized (
    select * from rows from (json_to_recordset($1::json) as (
      call_id text, replica text, kind text, reason text, answer text, bytes text, model text, request_id text, usage json
    )) with ordinality as i(call_id, replica, kind, reason, answer, bytes, model, request_id, usage, place)
  ), held as materialized (
    select c.id, c.run_id, c.agent from slipway.agent_calls c where c.id = any(array(select call_id from item))
    order by c.id for no key update
  ), kept as (
    insert into slipway.blobs as b (digest, media_type, bytes)
    select distinct on (answer) answer, 'text/plain; charset=utf-8', decode(bytes, 'base64')
    from item where answer is not null order by answer
    on conflict (digest) do update set created_at = now() where b.created_at < now() - interval '1 hour'
  ), booked as (
    insert into slipway.agent_usage (call_id, run_id, agent, model, outcome, input_tokens, output_tokens,
      cache_read_tokens, cache_write_tokens, cost_microusd, latency_ms)
    select h.id, h.run_id, h.agent, u.model, u.outcome, u."inputTokens", u."outputTokens",
      u."cacheReadTokens", u."cacheWriteTokens", u."costMicroUsd", u."latencyMs"
    from item i join held h on h.id = i.call_id, json_to_record(i.usage) as u(model text, outcome text,
      "inputTokens" integer, "outputTokens" integer, "cacheReadTokens" integer, "cacheWriteTokens" integer,
      "costMicroUsd" bigint, "latencyMs" float8)
    where json_typeof(i.usage) = 'object' order by i.place
  ), freed as (
    delete from slipway.agent_slots s using item i where s.call_id = i.call_id and s.replica = i.replica
  ), first as (
    select distinct on (call_id) * from item where kind is not null order by call_id, place
  )
  update slipway.agent_calls c set status = 'done', kind = f.kind, reason = f.reason, answer = f.answer,
    model = f.model, request_id = f.request_id, done_at = clock_timestamp()
  from first f join held h on h.id = f.call_id
  where c.id = any(array(select call_id from first)) and c.id = f.call_id and c.status is not distinct from 'queued'
  returning f.place`;

const settleOne = batched<Db, boolean>(async (db, items) => {
  const rows = await runSql<{ place: string }>(db, SETTLE, [`[${items.join(',')}]`]);
  const ended = new Set(rows.map(({ place }) => Number(place)));
  return items.map((_, index) => ended.has(index + 1));
});
