import { crashPoint } from '../crash-point.ts';
import { StoreDown } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Db } from '../store/open-database.ts';
import type { AgentCall } from '../store/tables.ts';
import { withDeadline } from '../with-deadline.ts';
import type { AgentRequest, InconclusiveReason, ModelClient, ModelReply } from './agent-call.ts';
import type { AgentSlots } from './agent-slots.ts';
import { type CallResult, settleCall, settleInconclusive } from './settle-call.ts';
import { readCallToSend } from './stored-call.ts';

type AskAgain = Extract<ModelReply, { kind: 'back_off' | 'spend_limit' | 'retry' }>;

export type CallOutcome =
  | { kind: 'done' }
  /** Not now: the fleet has as many requests under way as it may, or one for this very call. Costs no attempt. */
  | { kind: 'wait'; why: string }
  | AskAgain;

/** Both throw {LeaseLost} where a call may be another replica's by now. */
interface CallOwner {
  readonly confirm: () => Promise<void>;
  /** The same without waiting, for the turn in which the request is written. */
  readonly assertHeld: () => void;
}

export interface AgentCaller {
  /**
   * Takes a call one step on. `owner` is asked last before the request leaves, so that a result that another replica
   * stored meanwhile is not paid again. `done`: its result is stored, now or before; the rest of the outcomes leave it queued.
   * @throws {PermanentFailure} CALL_UNKNOWN; BLOB_UNREADABLE. {StoreDown}. {LeaseLost}: nothing was sent.
   */
  runAgentCall(callId: string, signal: AbortSignal, owner?: CallOwner): Promise<CallOutcome>;
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
    async runAgentCall(callId, signal, owner) {
      const { call, request } = await readCallToSend(db, callId);
      if (call.status === 'done') return { kind: 'done' };
      const leftMs = call.deadline_at.getTime() - now().getTime();
      if (leftMs <= 0) return end(call, 'deadline');
      if (client === null) return end(call, 'no_model');

      const toSend = request();
      const slot = await slots?.take(call, toSend);
      if (slot?.kind === 'done') return { kind: 'done' };
      if (slot?.kind === 'busy' || slot?.kind === 'full') return { kind: 'wait', why: WAITS[slot.kind] };
      if (slot?.kind === 'over_budget') {
        log.warn({ call: call.id, budget: slot.budget }, 'an agent call could exceed a budget');
        return end(call, 'budget');
      }
      let isSettled = false;
      try {
        const reply = await ask(client, toSend, signal, leftMs, owner);
        const outcome = await store(call, reply);
        isSettled = true;
        return outcome;
      } finally {
        if (isSettled) slots?.forget(call.id);
        else await slots?.release(call.id);
      }
    },
  };

  async function ask(
    model: ModelClient,
    request: AgentRequest,
    signal: AbortSignal,
    leftMs: number,
    owner: CallOwner | undefined,
  ): Promise<ModelReply> {
    crashPoint('agent:before-send');
    await owner?.confirm();
    crashPoint('agent:after-confirm');
    const reply = await withDeadline(signal, leftMs, (either) => model.send(request, either, owner?.assertHeld));
    crashPoint('agent:after-reply');
    return reply;
  }

  async function end(call: AgentCall, reason: InconclusiveReason): Promise<CallOutcome> {
    await settleInconclusive(db, call.id, reason);
    return { kind: 'done' };
  }

  /** Everything that follows from a reply stands after one statement, or nothing of it; the slot is given back with it. */
  async function store(call: AgentCall, reply: ModelReply): Promise<CallOutcome> {
    const usage = usageOf(reply);
    const said = judge(call, reply);
    if (reply.kind === 'inconclusive')
      log.warn({ call: call.id, reason: reply.reason, detail: reply.detail }, 'agent call is inconclusive');
    try {
      await settleCall(db, {
        callId: call.id,
        ...(usage === null
          ? {}
          : { billed: { usage, outcome: reply.kind === 'inconclusive' ? reply.reason : reply.kind } }),
        ...('result' in said ? { result: said.result } : {}),
        ...(slots === undefined ? {} : { replica: slots.replica }),
      });
    } catch (error) {
      // The reply is paid for and will be asked for again: at least its bill can be found.
      if (error instanceof StoreDown)
        log.error({ call: call.id, reply: reply.kind, usage }, 'a model reply could not be stored');
      throw error;
    }
    crashPoint('agent:after-store');
    return 'result' in said ? { kind: 'done' } : said.again;
  }

  /** Whether a reply ends its call, or the model is asked again. */
  function judge(call: AgentCall, reply: ModelReply): { result: CallResult } | { again: AskAgain } {
    if (reply.kind === 'answer') return { result: reply };
    if (reply.kind === 'inconclusive') return { result: { ...reply, model: reply.usage?.model ?? null } };
    if (call.deadline_at.getTime() > now().getTime()) return { again: reply };
    return { result: { kind: 'inconclusive', reason: 'deadline', model: null, requestId: null } };
  }
}

function usageOf(reply: ModelReply) {
  return 'usage' in reply ? reply.usage : null;
}
