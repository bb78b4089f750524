/** Fractional part of the golden ratio: its multiples spread over [0, 1) as evenly as a sequence can. */
const STEP = (Math.sqrt(5) - 1) / 2;

/**
 * Chooses for each request whether the canary gets it. Even, so that 5 % of 2,000 requests is 100 within a few, and
 * without a period that a client sending its paths in turn could fall in step with (every 20th request would).
 */
export function makeWeightedChoice(start = 0): (canaryPct: number) => boolean {
  let position = start;
  return function isForCanary(canaryPct) {
    position = (position + STEP) % 1;
    return position < canaryPct / 100;
  };
}
