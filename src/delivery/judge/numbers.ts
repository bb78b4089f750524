import type { Thresholds } from '../../config/schema.ts';
import { lowerBound, upperBound, upperTail } from './binomial.ts';
import { LN_E_FAIL, LN_E_SUSPICION } from './e-process.ts';
import { type Span, sumCounts } from './evidence.ts';
import type { OutageLimits } from './judgement.ts';
import type { LatencyShape } from './latency-shape.ts';
import { isBackgroundHigh, shareOfDue } from './pass-rule.ts';
import { type Crossing, type Figures, ratioUpperBound } from './test-evidence.ts';
import type { TickSample } from './tick-sample.ts';
import { computeCoverage, splitPhases, watchedSeconds } from './watched-time.ts';

export interface NumbersInput {
  readonly ticks: readonly TickSample[];
  readonly spans: readonly Span[];
  readonly figures: Figures;
  readonly shape: LatencyShape;
  readonly crossing: Crossing | null;
  readonly limits: Thresholds;
  readonly outage: OutageLimits;
  readonly silentS: number;
}

/** All figures behind a verdict, flat, for the record: whoever reads it can do the sums again. */
export function computeNumbers(input: NumbersInput): Record<string, number | null> {
  const { ticks, spans, figures, shape, limits, outage } = input;
  const { canary, control } = figures;
  const scored = spans.filter((span) => span.scored);
  const phases = splitPhases(scored);
  const pct = phases.at(-1)?.pct ?? limits.canary_traffic_initial_pct;
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
    canary_p95_ms: shape.canaryP95Ms,
    canary_p99_ms: shape.canaryP99Ms,
    control_p95_ms: shape.controlP95Ms,
    control_p99_ms: shape.controlP99Ms,
    latency_cles: shape.cles,
    latency_p: shape.p,
    lb95_errors: lowerBound(canary.errors, canary.total),
    ub95_errors: upperBound(canary.errors, canary.total),
    ub95_slow: upperBound(canary.slow, canary.total),
    ub95_error_ratio: finite(ratioUpperBound(figures)),
    ln_e_errors: figures.lnEErrors,
    ln_e_slow: figures.lnESlow,
    ln_e_relative: figures.lnERelative,
    p_relative: conditionalP(figures),
    ln_e_control_errors: figures.lnEControlErrors,
    ln_e_control_slow: figures.lnEControlSlow,
    ln_e_relative_slow: figures.lnERelativeSlow,
    ln_e_fail: LN_E_FAIL,
    ln_e_suspicion: LN_E_SUSPICION,
    first_crossing_tick: input.crossing?.n ?? null,
    non_inferiority_rule: isBackgroundHigh(figures, limits) ? 1 : 0,
    error_rate_threshold: limits.error_rate_threshold,
    slow_share_threshold: limits.slow_share_threshold,
    p99_latency_threshold_ms: limits.p99_latency_threshold_ms,
    relative_tolerance: limits.relative_tolerance,
    canary_min_requests: limits.canary_min_requests,
    step: Math.max(0, phases.length - 1),
    share_intended: pct / 100,
    share_observed: observedShare(scored),
    share_of_due: shareOfDue(scored),
    ticks: ticks.length,
    ticks_scored: ticks.filter((tick) => !tick.warm_up).length,
    coverage: computeCoverage(ticks, scored, outage),
    watched_s: watchedSeconds(phases.at(-1)?.spans ?? [], outage),
    window_s: limits.canary_monitoring_duration_min * 60,
    max_windows: limits.canary_max_windows,
    elapsed_s: ticks.at(-1)?.elapsed_s ?? 0,
    metrics_missing_s: input.silentS,
  };
}

/** The canary's share of requests while the target said the weight was right; null without requests. */
function observedShare(scored: readonly Span[]): number | null {
  const onWeight = scored.filter((span) => span.onWeight);
  const canary = sumCounts(onWeight, 'canary').total;
  return rate(canary, canary + sumCounts(onWeight, 'control').total);
}

/** Exact chance that so many of all errors fall to the canary when both arms fail alike; for the reader, decides nothing. */
function conditionalP({ canary, control }: Figures): number | null {
  const requests = canary.total + control.total;
  if (requests === 0) return null;
  return upperTail(canary.errors, canary.errors + control.errors, canary.total / requests);
}

function rate(events: number, total: number): number | null {
  return total === 0 ? null : events / total;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
