import type { Recorded } from '../../audit/audit-log.ts';
import { LeaseLost, PermanentFailure, StoreDown } from '../../errors.ts';
import { DONE, Done, performEffect } from '../../runs/perform-effect.ts';
import { type EffectScope, fenceOf, setCanaryWeight } from '../delivery-effects.ts';

export type TakenOut =
  /** Zero was read back. */
  | { readonly kind: 'out'; readonly at: Date }
  /** It may still have traffic: to be asked again, soon. */
  | { readonly kind: 'unsafe'; readonly why: unknown };

export interface ZeroOrder {
  /** Of the zero among the weights of its stage. */
  readonly n: number;
  readonly stage: 'canary' | 'release';
  readonly now: Date;
  /** How long setting the weight may fail before the canary is stopped instead, milliseconds. */
  readonly haltAfterMs: number;
}

/**
 * Takes the canary to zero. Where its weight cannot be set for too long, it is stopped by the second actuator; where that is
 * not there or fails too, the record says so and the guard, which has a way of its own, takes over at its next look. Either way
 * it counts as unsafe until zero is read back. @throws {StoreDown}, {LeaseLost}, and {PermanentFailure} of the weight.
 */
export async function takeOutOfTraffic(scope: EffectScope, order: ZeroOrder): Promise<TakenOut> {
  const { n, stage } = order;
  try {
    const { at } = await setCanaryWeight(scope, 0, n, stage);
    return { kind: 'out', at };
  } catch (error) {
    if (isNotItsFailure(scope, error)) throw error;
    const since = findZeroOrder(await scope.record.list());
    if (since !== null && order.now.getTime() - since.getTime() >= order.haltAfterMs) await haltCanary(scope, stage);
    return { kind: 'unsafe', why: error };
  }
}

function isNotItsFailure({ signal }: EffectScope, error: unknown): boolean {
  return (
    signal.aborted || error instanceof StoreDown || error instanceof LeaseLost || error instanceof PermanentFailure
  );
}

/** When the canary was first to be taken to zero, by whichever stage. */
function findZeroOrder(entries: readonly Recorded[]): Date | null {
  const first = entries.find(({ entry }) => entry.event === 'canary_weight.intended' && entry.payload['pct'] === 0);
  return first?.recordedAt ?? null;
}

/** Stops the canary without asking what routes traffic. That it failed is on the record, and no error of the caller. */
async function haltCanary(scope: EffectScope, stage: ZeroOrder['stage']): Promise<void> {
  const { target, record, run, hold, signal } = scope;
  const effect = { id: `${run.id}~canary~halt-${stage}~0`, fence: fenceOf(scope) };
  try {
    await performEffect(
      record,
      {
        stage,
        step: 'halt',
        name: 'canary_halt',
        n: 0,
        rationale: 'its weight cannot be set: stop the canary without the balancer',
        payload: { effect_id: effect.id },
        Result: Done,
      },
      {
        // Whoever routes traffic may not answer, so nothing can be seen from there: the target knows the effect by its id.
        look: () => Promise.resolve(null),
        async act(receipt) {
          if (target.stopCanary === undefined)
            throw new PermanentFailure('NO_SECOND_ACTUATOR', 'this target cannot stop a canary without its balancer');
          await target.stopCanary(receipt, { service: run.service, effect }, signal);
          return DONE;
        },
      },
      hold,
    );
  } catch (error) {
    if (signal.aborted || error instanceof StoreDown || error instanceof LeaseLost) throw error;
  }
}
