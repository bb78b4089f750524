/**
 * Anytime-valid tests: under the null hypothesis the chance that E ever reaches 1/α is at most α (Ville's inequality),
 * however often it is looked at. E is the mean of likelihood ratios over a few alternatives, computed in logarithms.
 */

/** ln(1/α) for α = 0.01: at or above it a test has found a regression. */
export const LN_E_FAIL = Math.log(100);
/** Above it there is too much suspicion for a PASS. */
export const LN_E_SUSPICION = 1.1;

export const ERROR_MULTIPLIERS = [1.5, 2, 3, 5, 10, 20, 50, 100] as const;
export const SLOW_MULTIPLIERS = [1.5, 2, 3, 5, 10, 20, 50] as const;
const RATIOS = [1.5, 2, 3, 5, 10, 30] as const;

/** Evidence that `k` events in `n` come from a share above `p0`, as ln E. */
export function lnEShare(k: number, n: number, p0: number, multipliers: readonly number[]): number {
  const shares = multipliers.map((m) => Math.min(m * p0, 0.9)).filter((p1) => p1 > p0);
  const alternatives = shares.length > 0 ? shares : [(1 + p0) / 2];
  return lnMeanExp(alternatives.map((p1) => k * Math.log(p1 / p0) + (n - k) * (Math.log1p(-p1) - Math.log1p(-p0))));
}

/** One span of time: requests and events in both arms. */
export interface PairedCounts {
  readonly canaryRequests: number;
  readonly canaryEvents: number;
  readonly controlRequests: number;
  readonly controlEvents: number;
}

/** A test that grows with each span of time. */
export interface RatioTest {
  add(span: PairedCounts): void;
  /** The evidence so far, as ln E. */
  lnE(): number;
}

/**
 * Evidence that the canary's rate is more than `tolerance` times the control's at the same moment: which arm each event
 * fell in, given how the requests of that span were shared. A fault that hits both arms alike cancels out.
 */
export function makeRatioTest(tolerance: number): RatioTest {
  const larger = RATIOS.filter((ratio) => ratio > tolerance);
  const alternatives = larger.length > 0 ? larger : [2 * tolerance, 5 * tolerance];
  const sums = alternatives.map(() => 0);
  return {
    add(span) {
      for (const [index, ratio] of alternatives.entries())
        sums[index] = (sums[index] ?? 0) + lnRatioTerm(span, ratio, tolerance);
    },
    lnE: () => lnMeanExp(sums),
  };
}

function lnRatioTerm(span: PairedCounts, ratio: number, tolerance: number): number {
  const { canaryRequests: c, controlRequests: t } = span;
  if (c === 0 || t === 0) return 0;
  const canaryTerm = Math.log(ratio / tolerance) - Math.log((ratio * c + t) / (tolerance * c + t));
  const controlTerm = -Math.log((ratio * c + t) / (tolerance * c + t));
  return span.canaryEvents * canaryTerm + span.controlEvents * controlTerm;
}

function lnMeanExp(values: readonly number[]): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0) / values.length);
}
