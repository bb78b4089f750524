import { crashPoint } from '../crash-point.ts';
import { PermanentFailure, StoreDown } from '../errors.ts';
import { Digest, type RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import { agentCallId } from '../queues/job-ids.ts';
import { batched } from '../store/batched.ts';
import { getJsonBlob, putBlob } from '../store/blobs.ts';
import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';
import type { AgentCall } from '../store/tables.ts';
import { AgentRequest, type InconclusiveReason, type ModelClient, type ModelReply } from './agent-call.ts';
import type { AgentSlots } from './agent-slots.ts';
import { bookUsage } from './usage.ts';
import { withDeadline } from './with-deadline.ts';

export { usageOfRun } from './usage.ts';

/** A call as it stands. `queued` has no result yet. */
export type StoredCall =
  | { kind: 'queued'; call: AgentCall }
  /** `askedAboutHead`: the head of the earlier run whose answer is used again; null where this run asked itself. */
  | { kind: 'answer'; call: AgentCall; text: string; askedAboutHead: string | null }
  | { kind: 'inconclusive'; call: AgentCall; reason: string };

export type CallOutcome =
  | { kind: 'done' }
  /** Not now: the fleet has as many requests under way as it may, or one for this very call. Costs no attempt. */
  | { kind: 'wait'; why: string }
  | Extract<ModelReply, { kind: 'back_off' | 'spend_limit' | 'retry' }>;

export interface AgentCaller {
  /**
   * Takes a call one step on. `confirm` is asked last before the request leaves and throws where the call is another
   * replica's by now, so that a result that was stored meanwhile is not paid again. `done`: its result is stored, now or before; the rest of the outcomes leave it queued.
   * @throws {PermanentFailure} CALL_UNKNOWN. {StoreDown}.
   */
  runAgentCall(callId: string, signal: AbortSignal, confirm?: () => Promise<void>): Promise<CallOutcome>;
}

/**
 * Asks for a call: the request becomes a blob, then the row. Asking again for the same call gives the stored one, with
 * its own request and deadline, whatever is asked now.
 */
export async function ensureAgentCall(
  db: Db,
  wanted: {
    runId: RunId;
    stage: string;
    agent: AgentRequest['agent'];
    n: number;
    request: AgentRequest;
    /** From `questionKey`, for a call whose answer may come from, or serve, another head of the pull request. */
    question?: Digest | null;
    deadlineAt: Date;
  },
): Promise<AgentCall> {
  const { runId, stage, agent, n, question = null } = wanted;
  const id = agentCallId(runId, stage, agent, n);
  const stored = await findCall(db, id);
  if (stored) return stored;
  const earlier = question === null ? undefined : await findSameQuestion(db, runId, question);
  const request =
    earlier?.request ?? (await putBlob(db, JSON.stringify(AgentRequest.parse(wanted.request)), 'application/json'));
  await db
    .insertInto('slipway.agent_calls')
    .values({
      id,
      run_id: runId,
      stage,
      agent,
      n,
      request,
      question,
      status: 'queued',
      deadline_at: wanted.deadlineAt,
      ...(earlier === undefined ? {} : answeredBy(earlier)),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  crashPoint('agent:after-row');
  return mustFindCall(db, id);
}

/** The answer to the same question about another head of the same pull request, asked by a run of its own. */
async function findSameQuestion(db: Db, runId: RunId, question: Digest): Promise<AgentCall | undefined> {
  return db
    .selectFrom('slipway.agent_calls as call')
    .innerJoin('slipway.runs as asker', 'asker.id', 'call.run_id')
    .innerJoin('slipway.runs as own', (join) =>
      join.onRef('own.repo', '=', 'asker.repo').onRef('own.pr_number', '=', 'asker.pr_number'),
    )
    .selectAll('call')
    .where('own.id', '=', runId)
    .where('call.run_id', '<>', runId)
    .where('call.question', '=', question)
    .where('call.kind', '=', 'answer')
    .where('call.reused_from', 'is', null)
    .orderBy('call.done_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function answeredBy(earlier: AgentCall) {
  const { answer, model, request_id } = earlier;
  const settled = { status: 'done', kind: 'answer', reason: null, done_at: new Date() } as const;
  return { ...settled, answer, model, request_id, reused_from: earlier.id };
}

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

/** Ends a call without an answer, unless it is done already: the first writer wins. True when this was the first. */
export async function settleInconclusive(db: Db, callId: string, reason: InconclusiveReason): Promise<boolean> {
  return settle(db, callId, { kind: 'inconclusive', reason, answer: null, model: null, request_id: null });
}

const WAITS = {
  busy: 'for a request of this call that is still under way',
  full: 'for a free slot at the model',
} as const;

/** `client` null = no model is configured: every call ends inconclusive(no_model). */
export function makeAgentCaller(deps: {
  db: Db;
  client: ModelClient | null;
  log: Logger;
  /** Left out = requests are neither counted nor held against a budget; only for what is no replica of a fleet. */
  slots?: AgentSlots;
  now?: () => Date;
}): AgentCaller {
  const { db, client, log, slots, now = () => new Date() } = deps;

  return {
    async runAgentCall(callId, signal, confirm) {
      const call = await mustFindCall(db, callId);
      if (call.status === 'done') return { kind: 'done' };
      const leftMs = call.deadline_at.getTime() - now().getTime();
      if (leftMs <= 0) return end(call, 'deadline');
      if (client === null) return end(call, 'no_model');
      const request = await getJsonBlob(db, Digest.parse(call.request), AgentRequest);
      if (request === null)
        throw new PermanentFailure('BLOB_MISSING', `the request of agent call ${callId} is not in the store`);

      const slot = await slots?.take(call, request);
      if (slot?.kind === 'busy' || slot?.kind === 'full') return { kind: 'wait', why: WAITS[slot.kind] };
      if (slot?.kind === 'over_budget') {
        log.warn({ call: call.id, budget: slot.budget }, 'an agent call could exceed a budget');
        return end(call, 'budget');
      }
      try {
        return await ask(call, client, request, signal, leftMs, confirm);
      } finally {
        await slots?.release(call.id);
      }
    },
  };

  async function ask(
    call: AgentCall,
    model: ModelClient,
    request: AgentRequest,
    signal: AbortSignal,
    leftMs: number,
    confirm: (() => Promise<void>) | undefined,
  ): Promise<CallOutcome> {
    crashPoint('agent:before-send');
    await confirm?.();
    const reply = await withDeadline(signal, leftMs, (either) => model.send(request, either));
    crashPoint('agent:after-reply');
    try {
      const outcome = await store(call, reply);
      crashPoint('agent:after-store');
      return outcome;
    } catch (error) {
      // The reply is paid for and will be asked for again: at least its bill can be found.
      if (error instanceof StoreDown)
        log.error({ call: call.id, reply: reply.kind, usage: usageOf(reply) }, 'a model reply could not be stored');
      throw error;
    }
  }

  async function end(call: AgentCall, reason: InconclusiveReason): Promise<CallOutcome> {
    await settleInconclusive(db, call.id, reason);
    return { kind: 'done' };
  }

  async function store(call: AgentCall, reply: ModelReply): Promise<CallOutcome> {
    const usage = usageOf(reply);
    if (usage) await bookUsage(db, call, reply.kind === 'inconclusive' ? reply.reason : reply.kind, usage);
    crashPoint('agent:after-usage');
    if (reply.kind === 'answer') {
      const answer = await putBlob(db, reply.text, 'text/plain; charset=utf-8');
      await settle(db, call.id, {
        kind: 'answer',
        reason: null,
        answer,
        model: reply.model,
        request_id: reply.requestId,
      });
      return { kind: 'done' };
    }
    if (reply.kind === 'inconclusive') {
      const { reason, requestId } = reply;
      log.warn({ call: call.id, reason, detail: reply.detail }, 'agent call is inconclusive');
      await settle(db, call.id, {
        kind: 'inconclusive',
        reason,
        answer: null,
        model: usage?.model ?? null,
        request_id: requestId,
      });
      return { kind: 'done' };
    }
    return call.deadline_at.getTime() <= now().getTime() ? end(call, 'deadline') : reply;
  }
}

function usageOf(reply: ModelReply) {
  return 'usage' in reply ? reply.usage : null;
}

async function settle(
  db: Db,
  callId: string,
  result: Pick<AgentCall, 'kind' | 'reason' | 'answer' | 'model' | 'request_id'>,
): Promise<boolean> {
  const updated = await db
    .updateTable('slipway.agent_calls')
    .set({ ...result, status: 'done', done_at: new Date() })
    .where('id', '=', callId)
    .where('status', '=', 'queued')
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

async function findCall(db: Db, id: string): Promise<AgentCall | undefined> {
  return db.selectFrom('slipway.agent_calls').selectAll().where('id', '=', id).executeTakeFirst();
}

async function mustFindCall(db: Db, id: string): Promise<AgentCall> {
  const call = await findCall(db, id);
  if (call === undefined) throw new PermanentFailure('CALL_UNKNOWN', `there is no agent call ${id}`);
  return call;
}
