import { z } from 'zod';
import type { Budgets, Price } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import { batched } from '../store/batched.ts';
import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';
import type { AgentCall } from '../store/tables.ts';
import type { AgentRequest } from './agent-call.ts';
import { estimateCall } from './estimate-call.ts';
import { ALIVE_S } from './read-slots.ts';

type SlotAnswer =
  | { readonly kind: 'taken' }
  /** The call's result is stored: there is nothing to send. */
  | { readonly kind: 'done' }
  /** A request for this very call is under way on another replica, or was a moment ago. */
  | { readonly kind: 'busy' }
  /** As many requests are under way as the fleet's cap allows. */
  | { readonly kind: 'full' }
  /** The request could cost more than this budget has left: `run:<id>`, `repo:<day>:<repo>`, `day:<day>`. */
  | { readonly kind: 'over_budget'; readonly budget: string };

/**
 * The right to send one request to the model: at most one for each call and at most the cap of them over the whole fleet,
 * and what it may cost is held against the budgets until it is booked. Decided by one statement in PostgreSQL, so it
 * also holds while Redis has forgotten everything.
 */
export interface AgentSlots {
  /** Who takes them, for `settleCall`, which gives one back together with the result. */
  readonly replica: string;
  /** @throws {StoreDown} */
  take(call: Pick<AgentCall, 'id' | 'run_id'>, request: AgentRequest): Promise<SlotAnswer>;
  /** One that was given back together with the result. */
  forget(callId: string): void;
  /** Gives one back by itself. Never throws: while the store is away it is tried again in the background. */
  release(callId: string): Promise<void>;
}

const RELEASE_AGAIN_MS = 1_000;

export function makeAgentSlots(deps: {
  readonly db: Db;
  /** As the registry knows it; what a replica holds counts only while it beats. */
  readonly replica: string;
  readonly budgets: Budgets;
  readonly prices: readonly Price[];
  readonly log: Logger;
  readonly now?: () => Date;
}): AgentSlots {
  const { db, replica, budgets, prices, log, now = () => new Date() } = deps;
  const budgetsInOrder = [budgets.run, budgets.repository_day, budgets.day];
  const limits = {
    max_tokens: budgetsInOrder.map(({ tokens }) => tokens ?? null),
    max_cost: budgetsInOrder.map(({ usd }) => (usd === undefined ? null : Math.round(usd * 1_000_000))),
  };
  /** Of this process: a job that Redis gave out twice must not ask twice either. */
  const held = new Set<string>();

  async function giveBack(callId: string): Promise<void> {
    try {
      await db.deleteFrom('slipway.agent_slots').where('call_id', '=', callId).where('replica', '=', replica).execute();
      held.delete(callId);
    } catch (error) {
      log.warn({ err: error, call: callId }, 'a slot could not be given back yet');
      setTimeout(() => void giveBack(callId), RELEASE_AGAIN_MS).unref();
    }
  }

  return {
    replica,
    async take(call, request) {
      if (held.has(call.id)) return { kind: 'busy' };
      held.add(call.id);
      try {
        const { tokens, costMicroUsd } = estimateCall(request, prices, now());
        const asked = { call_id: call.id, run_id: call.run_id, replica, tokens, cost: costMicroUsd, ...limits };
        const answer = await takeOne(db, JSON.stringify(asked));
        if (answer === 'taken') return { kind: 'taken' };
        held.delete(call.id);
        return answer === 'done' || answer === 'busy' || answer === 'full'
          ? { kind: answer }
          : { kind: 'over_budget', budget: answer };
      } catch (error) {
        // It may have been taken all the same.
        await giveBack(call.id);
        throw error;
      }
    },
    forget: (callId) => void held.delete(callId),
    release: giveBack,
  };
}

/** Each is decided on what those before it left, as if they came one after the other. */
const TAKE = `
  select slipway.take_agent_slot(call_id, run_id, replica, $2::float8, tokens, cost, max_tokens, max_cost) as answer
  from (
    select * from rows from (json_to_recordset($1::json) as (call_id text, run_id text, replica text, tokens bigint,
      cost bigint, max_tokens bigint[], max_cost bigint[])) with ordinality
      as i(call_id, run_id, replica, tokens, cost, max_tokens, max_cost, place) order by place offset 0
  ) as asked`;

const Answers = z.array(z.object({ answer: z.string() }));

/** Requests that ask at the same time share the statement, and the commit. */
const takeOne = batched<Db, string>(async (db, items) => {
  const rows = Answers.parse(await runSql(db, TAKE, [`[${items.join(',')}]`, ALIVE_S]));
  return rows.map(({ answer }) => answer);
});
