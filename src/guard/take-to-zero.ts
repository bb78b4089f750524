import { restoreReceipt } from '../audit/stored-receipt.ts';
import type { DeliveryTarget } from '../delivery/target.ts';
import { PermanentFailure, TransientFailure } from '../errors.ts';
import type { GuardedCanary } from './guard-state.ts';
import { guardEffectId } from './record-zero.ts';

export type ZeroOutcome =
  /** It had this share and has none now; read back. */
  | { readonly kind: 'zeroed'; readonly fromPct: number }
  | { readonly kind: 'at_zero' }
  /** A newer lease stands at the target: what is there is another run's canary. */
  | { readonly kind: 'not_ours' };

/** Looks, sets zero, and reads it back. @throws whatever the target answers, and {TransientFailure} WEIGHT_NOT_TAKEN. */
export async function takeToZero(
  target: DeliveryTarget,
  canary: GuardedCanary,
  signal: AbortSignal,
): Promise<ZeroOutcome> {
  const { service, run_id, fence } = canary;
  const fromPct = await target.getWeight(service, signal);
  if (fromPct === 0) return { kind: 'at_zero' };
  try {
    await target.setWeight(
      restoreReceipt(canary.started),
      { service, canaryPct: 0, effect: { id: guardEffectId(run_id), fence } },
      signal,
    );
  } catch (error) {
    if (error instanceof PermanentFailure && error.code === 'STALE_FENCE') return { kind: 'not_ours' };
    throw error;
  }
  const left = await target.getWeight(service, signal);
  if (left === 0) return { kind: 'zeroed', fromPct };
  throw new TransientFailure('WEIGHT_NOT_TAKEN', `the canary was taken to zero and still has ${left} %`);
}

/**
 * The second actuator, for when the weight cannot be set: stops what the canary runs on.
 * @returns false where the target has none. @throws whatever the target answers.
 */
export async function stopCanary(target: DeliveryTarget, canary: GuardedCanary, signal: AbortSignal): Promise<boolean> {
  if (target.stopCanary === undefined) return false;
  const { service, run_id, fence } = canary;
  const effect = { id: `${run_id}~canary~stop-guard~0`, fence };
  await target.stopCanary(restoreReceipt(canary.started), { service, effect }, signal);
  return true;
}
