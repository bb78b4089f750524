/**
 * How long a canary may go without a tick, seconds: `fleet.canary_hold_s`, but never so short that ticks which are taken
 * in time would be missed. Worker and guard use the same figure.
 */
export function watchLimitS(canaryHoldS: number, tickS: number): number {
  return Math.max(canaryHoldS, 2 * tickS);
}
