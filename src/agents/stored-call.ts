import { PermanentFailure } from '../errors.ts';
import { batched } from '../store/batched.ts';
import { parseJsonBlob } from '../store/blobs.ts';
import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';
import type { AgentCall } from '../store/tables.ts';
import { AgentRequest } from './agent-call.ts';

/** A call as it stands. `queued` has no result yet. */
export type StoredCall =
  | { kind: 'queued'; call: AgentCall }
  /** `askedAboutHead`: the head of the earlier run whose answer is used again; null where this run asked itself. */
  | { kind: 'answer'; call: AgentCall; text: string; askedAboutHead: string | null }
  | { kind: 'inconclusive'; call: AgentCall; reason: string };

/** Null where nobody asked for such a call. Steps that ask at the same time share a statement. */
export async function readAgentCall(db: Db, callId: string): Promise<StoredCall | null> {
  const stored = await readOne(db, callId);
  if (stored === null) return null;
  const { answer_bytes: bytes, asker_head: askedAboutHead, ...call } = stored;
  if (call.status === 'queued') return { kind: 'queued', call };
  if (call.kind === 'inconclusive') return { kind: 'inconclusive', call, reason: call.reason ?? 'unknown' };
  if (bytes === null)
    throw new PermanentFailure('BLOB_MISSING', `the answer of agent call ${callId} is not in the store`);
  if (call.reused_from !== null && askedAboutHead === null)
    throw new PermanentFailure('CALL_UNKNOWN', `agent call ${call.reused_from}, whose answer is used again, is gone`);
  return { kind: 'answer', call, text: bytes.toString('utf8'), askedAboutHead };
}

type CallWithAnswer = AgentCall & { readonly answer_bytes: Buffer | null; readonly asker_head: string | null };

const READ = `
  select call.*, blob.bytes as answer_bytes, asker.head_sha as asker_head
  from slipway.agent_calls call
  left join slipway.blobs blob on blob.digest = call.answer
  left join slipway.agent_calls earlier on earlier.id = call.reused_from
  left join slipway.runs asker on asker.id = earlier.run_id
  where call.id = any($1::text[])`;

const readOne = batched<Db, CallWithAnswer | null>(async (db, ids) => {
  const rows = await runSql<CallWithAnswer>(db, READ, [[...new Set(ids)]]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
});

/** A call that has to be there. @throws {PermanentFailure} CALL_UNKNOWN. {StoreDown}. */
export async function mustFindCall(db: Db, callId: string): Promise<AgentCall> {
  const stored = await readAgentCall(db, callId);
  if (stored === null) throw new PermanentFailure('CALL_UNKNOWN', `there is no agent call ${callId}`);
  return stored.call;
}

type CallWithRequest = AgentCall & { readonly request_bytes: Buffer };

/**
 * A call, and its request as it is to be sent. Calls that are taken up at the same time share the statement.
 * @throws {PermanentFailure} CALL_UNKNOWN; BLOB_UNREADABLE. {StoreDown}.
 */
export async function readCallToSend(
  db: Db,
  callId: string,
): Promise<{ call: AgentCall; request: () => AgentRequest }> {
  const found = await readToSend(db, callId);
  if (found === null) throw new PermanentFailure('CALL_UNKNOWN', `there is no agent call ${callId}`);
  const { request_bytes: bytes, ...call } = found;
  return { call, request: () => parseJsonBlob(call.request, bytes, AgentRequest) };
}

/** A call refers to its request, so that the one is never there without the other. */
const READ_TO_SEND = `
  select call.*, blob.bytes as request_bytes
  from slipway.agent_calls call join slipway.blobs blob on blob.digest = call.request
  where call.id = any($1::text[])`;

const readToSend = batched<Db, CallWithRequest | null>(async (db, ids) => {
  const rows = await runSql<CallWithRequest>(db, READ_TO_SEND, [[...new Set(ids)]]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
});
