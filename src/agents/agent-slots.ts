import { sql } from 'kysely';
import { z } from 'zod';
import type { Budgets, Price } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import type { Db } from '../store/open-database.ts';
import type { AgentCall } from '../store/tables.ts';
import type { AgentRequest } from './agent-call.ts';
import { estimateCall } from './estimate-call.ts';
import { ALIVE_S } from './read-slots.ts';

type SlotAnswer =
  | { readonly kind: 'taken' }
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
  /** @throws {StoreDown} */
  take(call: Pick<AgentCall, 'id' | 'run_id'>, request: AgentRequest): Promise<SlotAnswer>;
  /** Never throws: while the store is away it is tried again in the background. */
  release(callId: string): Promise<void>;
}

const RELEASE_AGAIN_MS = 1_000;
const Answer = z.string();

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
  const limits = [budgets.run, budgets.repository_day, budgets.day];
  const maxTokens = limits.map(({ tokens }) => tokens ?? null);
  const maxCost = limits.map(({ usd }) => (usd === undefined ? null : Math.round(usd * 1_000_000)));
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
    async take(call, request) {
      if (held.has(call.id)) return { kind: 'busy' };
      held.add(call.id);
      try {
        const { tokens, costMicroUsd } = estimateCall(request, prices, now());
        const { rows } = await sql<{ answer: unknown }>`
          select slipway.take_agent_slot(${call.id}, ${call.run_id}, ${replica}, ${ALIVE_S}, ${tokens}, ${costMicroUsd},
            ${maxTokens}::bigint[], ${maxCost}::bigint[]) as answer`.execute(db);
        const answer = Answer.parse(rows[0]?.answer);
        if (answer === 'taken') return { kind: 'taken' };
        held.delete(call.id);
        return answer === 'busy' || answer === 'full' ? { kind: answer } : { kind: 'over_budget', budget: answer };
      } catch (error) {
        // It may have been taken all the same.
        await giveBack(call.id);
        throw error;
      }
    },
    release: giveBack,
  };
}
