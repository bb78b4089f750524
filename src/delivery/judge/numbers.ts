import type { Thresholds } from '../../config/schema.ts';
import { upperBound } from './binomial.ts';
import { LN_E_FAIL, LN_E_SUSPICION } from './e-process.ts';
import type { Span } from './evidence.ts';
import type { OutageLimits } from './judgement.ts';
import { computeCoverage, isBackgroundHigh, observedShare, watchedSeconds } from './pass-rule.ts';
import { type Crossing, type Figures, ratioUpperBound, SLOW_SHARE } from './test-evidence.ts';
import type { TickSample } from './tick-sample.ts';

export interface NumbersInput {
  readonly ticks: readonly TickSample[];
  readonly spans: readonly Span[];
  readonly figures: Figures;
  readonly crossing: Crossing | null;
  readonly limits: Thresholds;
  readonly outage: OutageLimits;
  readonly silentS: number;
}

/** All figures behind a verdict, flat, for the record: whoever reads it can do the sums again. */
export function computeNumbers(input: NumbersInput): Record<string, number | null> {
  const { ticks, spans, figures, limits } = input;
  const { canary, control } = figures;
  const scored = spans.filter((span) => span.scored);
  return {
    canary_requests: canary.total,
    canary_errors: canary.errors,
    canary_slow: canary.slow,
    control_requests: control.total,
    control_errors: control.errors,
    control_slow: control.slow,
    canary_error_rate: rate(canary.errors, canary.total),
    control_error_rate: rate(control.errors, control.total),
    canary_slow_share: rate(canary.slow, canary.total),
    control_slow_share: rate(control.slow, control.total),
    ub95_errors: upperBound(canary.errors, canary.total),
    ub95_slow: upperBound(canary.slow, canary.total),
    ub95_error_ratio: finite(ratioUpperBound(figures)),
    ln_e_errors: figures.lnEErrors,
    ln_e_slow: figures.lnESlow,
    ln_e_relative: figures.lnERelative,
    ln_e_control_errors: figures.lnEControlErrors,
    ln_e_control_slow: figures.lnEControlSlow,
    ln_e_relative_slow: figures.lnERelativeSlow,
    ln_e_fail: LN_E_FAIL,
    ln_e_suspicion: LN_E_SUSPICION,
    first_crossing_tick: input.crossing?.n ?? null,
    non_inferiority_rule: isBackgroundHigh(figures, limits) ? 1 : 0,
    error_rate_threshold: limits.error_rate_threshold,
    slow_share_threshold: SLOW_SHARE,
    p99_latency_threshold_ms: limits.p99_latency_threshold_ms,
    relative_tolerance: limits.relative_tolerance,
    canary_min_requests: limits.canary_min_requests,
    share_intended: limits.canary_traffic_initial_pct / 100,
    share_observed: observedShare(scored),
    ticks: ticks.length,
    ticks_scored: ticks.filter((tick) => !tick.warm_up).length,
    coverage: computeCoverage(ticks),
    watched_s: watchedSeconds(scored, input.outage),
    window_s: limits.canary_monitoring_duration_min * 60,
    max_windows: limits.canary_max_windows,
    elapsed_s: ticks.at(-1)?.elapsed_s ?? 0,
    metrics_missing_s: input.silentS,
  };
}

function rate(events: number, total: number): number | null {
  return total === 0 ? null : events / total;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
