/**
 * How long a canary may go without a tick, seconds: `fleet.canary_hold_s`, but never so short that ticks which are taken
 * in time would be missed. Worker and guard use the same figure.
 */
export function watchLimitS(canaryHoldS: number, tickS: number): number {
  return Math.max(canaryHoldS, 2 * tickS);
}

const HALT_AFTER_MS = 30_000;

/** How long setting a canary's weight to zero may fail before it is stopped instead, milliseconds. Worker and guard use the same figure. */
export function haltAfterMs(canaryHoldS: number): number {
  return Math.min((canaryHoldS * 1000) / 2, HALT_AFTER_MS);
}
