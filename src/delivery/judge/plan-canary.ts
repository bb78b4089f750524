import type { Thresholds } from '../../config/schema.ts';
import { upperBound } from './binomial.ts';
import { ERROR_MULTIPLIERS, LN_E_FAIL, lnEShare, SLOW_MULTIPLIERS } from './e-process.ts';

export interface PlanInput {
  /** Requests per second of the whole service. */
  readonly rps: number;
  readonly limits: Thresholds;
}

export interface CanaryPlan {
  readonly canary_rps: number;
  readonly requests_per_window: number;
  /** Requests without one error, and without one slow one, that prove the canary healthy; and what the configuration asks for. */
  readonly requests_needed: { readonly errors: number; readonly slow: number; readonly configured: number };
  /** From the start of traffic to the earliest PASS, warm-up included; null when all windows together are too short. */
  readonly pass_s: number | null;
  /** The same with a constant share of errors: for how long a healthy but not perfect service takes. */
  readonly pass_s_with_errors: readonly { readonly rate: number; readonly pass_s: number | null }[];
  /** From the end of warm-up to FAIL, when errors (slow requests) come at exactly this rate. */
  readonly detect: readonly {
    readonly rate: number;
    readonly errors_s: number | null;
    readonly slow_s: number | null;
  }[];
}

const BACKGROUND_RATES = [0.0005, 0.001, 0.002] as const;
const FAULT_RATES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5] as const;

/**
 * What this traffic allows, by the judge's own bounds and tests. Times are those of the mean: events come at exactly their
 * rate; chance makes half of the canaries slower.
 */
export function planCanary({ rps, limits }: PlanInput): CanaryPlan {
  const canaryRps = (rps * limits.canary_traffic_initial_pct) / 100;
  const windowS = limits.canary_monitoring_duration_min * 60;
  const most = Math.floor(canaryRps * windowS * limits.canary_max_windows);
  const needed = {
    errors: leastProof(0, limits.error_rate_threshold),
    slow: leastProof(0, limits.slow_share_threshold),
    configured: limits.canary_min_requests,
  };
  const passS = (errorRate: number): number | null => {
    const errors = errorRate === 0 ? needed.errors : leastProof(errorRate, limits.error_rate_threshold, most);
    const requests = Math.max(errors, needed.slow, needed.configured);
    const windows = Math.ceil(requests / (canaryRps * windowS));
    return windows > limits.canary_max_windows ? null : limits.canary_warm_up_s + windows * windowS;
  };
  const toSeconds = (requests: number | null): number | null =>
    requests === null ? null : Math.ceil(requests / canaryRps / limits.canary_tick_s) * limits.canary_tick_s;
  return {
    canary_rps: canaryRps,
    requests_per_window: Math.floor(canaryRps * windowS),
    requests_needed: needed,
    pass_s: passS(0),
    pass_s_with_errors: BACKGROUND_RATES.map((rate) => ({ rate, pass_s: passS(rate) })),
    detect: FAULT_RATES.map((rate) => ({
      rate,
      errors_s: toSeconds(leastEvidence(rate, limits.error_rate_threshold, ERROR_MULTIPLIERS, most)),
      slow_s: toSeconds(leastEvidence(rate, limits.slow_share_threshold, SLOW_MULTIPLIERS, most)),
    })),
  };
}

/** Fewest requests whose upper 95 % bound is at most `threshold` while events come at `rate`; Infinity past `most`. */
function leastProof(rate: number, threshold: number, most = 10_000_000): number {
  if (rate >= threshold) return Number.POSITIVE_INFINITY;
  return leastWhere((n) => upperBound(Math.round(rate * n), n) <= threshold, most) ?? Number.POSITIVE_INFINITY;
}

function leastEvidence(rate: number, p0: number, multipliers: readonly number[], most: number): number | null {
  return leastWhere((n) => lnEShare(Math.round(rate * n), n, p0, multipliers) >= LN_E_FAIL, most);
}

/** Doubling, then halving: both conditions hold from some number on, but for the rounding of events, which is taken up to one. */
function leastWhere(holds: (n: number) => boolean, most: number): number | null {
  let high = 1;
  while (!holds(high)) {
    if (high >= most) return null;
    high = Math.min(high * 2, most);
  }
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
