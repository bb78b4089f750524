import type { Thresholds } from '../../config/schema.ts';
import { upperBound } from './binomial.ts';
import { LN_E_SUSPICION } from './e-process.ts';
import { type Span, sumCounts } from './evidence.ts';
import type { Finding, OutageLimits } from './judgement.ts';
import { type Figures, ratioUpperBound, SLOW_SHARE } from './test-evidence.ts';
import type { TickSample } from './tick-sample.ts';

const MIN_COVERAGE = 0.9;
const SHARE_TOLERANCE = 0.2;
/** Non-inferiority bound, used when production itself is too noisy for the absolute rule. */
const RATIO_BOUND = 2;
/** Outages stop the clock, but not for ever: past this many times the planned length there is no verdict. */
const WALL_CLOCK_FACTOR = 2;

export interface PassInput {
  readonly ticks: readonly TickSample[];
  readonly scored: readonly Span[];
  readonly figures: Figures;
  readonly limits: Thresholds;
  readonly outage: OutageLimits;
}

/**
 * The bounds are not sequential, so they are looked at only at the first tick past the end of each whole window;
 * between ends, and when this was called too late for one, the canary goes on.
 */
export function judgePass(input: PassInput): Finding {
  const { scored, limits } = input;
  const windowS = limits.canary_monitoring_duration_min * 60;
  const watched = watchedSeconds(scored, input.outage);
  const windows = Math.floor(watched / windowS);
  const before = Math.floor(watchedSeconds(scored.slice(0, -1), input.outage) / windowS);
  const atEnd = windows > before && scored.at(-1)?.n === input.ticks.at(-1)?.n;
  const missing = atEnd && windows <= limits.canary_max_windows ? listMissing(input) : null;
  if (missing?.length === 0) return { verdict: 'PASS', cause: null, why: describePass(input, windows) };
  const reasons = missing ?? listMissing(input);
  if (windows >= limits.canary_max_windows) {
    const why = `no proof of health after ${windows} windows: ${reasons.join('; ') || 'the end of the window was missed'}`;
    return { verdict: 'INCONCLUSIVE', cause: null, why };
  }
  const elapsed = (scored.at(-1)?.toS ?? 0) - (scored[0]?.fromS ?? 0);
  if (elapsed > WALL_CLOCK_FACTOR * limits.canary_max_windows * windowS) {
    return { verdict: 'INCONCLUSIVE', cause: 'metrics_unavailable', why: 'too little of the time could be watched' };
  }
  if (missing) return { verdict: 'CONTINUE', cause: null, why: `another window: ${missing.join('; ')}` };
  return {
    verdict: 'CONTINUE',
    cause: null,
    why:
      watched === 0
        ? 'warming up, nothing is scored yet'
        : `${Math.round(watched)} s of ${Math.round(windowS * (windows + 1))} s watched`,
  };
}

/** Only time between two readable ticks, not too far apart, counts. */
export function watchedSeconds(scored: readonly Span[], outage: OutageLimits): number {
  const watched = scored.filter((span) => span.unbroken && span.toS - span.fromS <= outage.freeze_s);
  // Rounded, so that a window of sums like 0.1 + 0.2 ends where it should.
  return Math.round(watched.reduce((sum, span) => sum + span.toS - span.fromS, 0) * 1000) / 1000;
}

/** Share of the ticks after warm-up that could be read. */
export function computeCoverage(ticks: readonly TickSample[]): number {
  const due = ticks.filter((tick) => !tick.warm_up);
  if (due.length === 0) return 0;
  return due.filter((tick) => tick.snapshot !== null).length / due.length;
}

/** The canary's share of requests while the target said the weight was right; null without requests. */
export function observedShare(scored: readonly Span[]): number | null {
  const onWeight = scored.filter((span) => span.onWeight);
  const canary = sumCounts(onWeight, 'canary').total;
  const all = canary + sumCounts(onWeight, 'control').total;
  return all === 0 ? null : canary / all;
}

/** Production fails so much by itself that no canary could meet the absolute rule. */
export function isBackgroundHigh(figures: Figures, limits: Thresholds): boolean {
  return figures.control.errors > figures.control.total * (limits.error_rate_threshold / 2);
}

function listMissing(input: PassInput): string[] {
  const { ticks, scored, figures, limits } = input;
  const { canary } = figures;
  const missing: string[] = [];
  if (canary.total < limits.canary_min_requests) {
    missing.push(`${canary.total} of ${limits.canary_min_requests} canary requests`);
  }
  missing.push(...missingErrorProof(figures, limits));
  const slow = upperBound(canary.slow, canary.total);
  if (slow > SLOW_SHARE) missing.push(`slow requests may be up to ${percent(slow)}, limit ${percent(SLOW_SHARE)}`);
  if (figures.lnERelative > LN_E_SUSPICION) {
    missing.push(`errors against production are suspicious (ln E ${figures.lnERelative.toFixed(2)})`);
  }
  const coverage = computeCoverage(ticks);
  if (coverage < MIN_COVERAGE) missing.push(`only ${percent(coverage)} of the ticks could be read`);
  if (ticks.some((tick) => !tick.warm_up && tick.snapshot !== null && !tick.snapshot.canary?.up)) {
    missing.push('the canary was down for a time');
  }
  const share = observedShare(scored);
  const intended = limits.canary_traffic_initial_pct / 100;
  if (share === null || Math.abs(share - intended) > SHARE_TOLERANCE * intended) {
    missing.push(
      `the canary got ${share === null ? 'none' : percent(share)} of the traffic instead of ${percent(intended)}`,
    );
  }
  return missing;
}

function missingErrorProof(figures: Figures, limits: Thresholds): string[] {
  if (isBackgroundHigh(figures, limits)) {
    const ratio = ratioUpperBound(figures);
    if (ratio <= RATIO_BOUND) return [];
    return [
      `production itself fails often, and the canary may fail up to ${ratio.toFixed(2)} times as often, limit ${RATIO_BOUND}`,
    ];
  }
  const errors = upperBound(figures.canary.errors, figures.canary.total);
  if (errors <= limits.error_rate_threshold) return [];
  return [`errors may be up to ${percent(errors)}, limit ${percent(limits.error_rate_threshold)}`];
}

function describePass(input: PassInput, windows: number): string {
  const { figures, limits } = input;
  const { canary } = figures;
  const proof = isBackgroundHigh(figures, limits)
    ? `not worse than production, which itself fails often: at most ${ratioUpperBound(figures).toFixed(2)} times its errors (limit ${RATIO_BOUND})`
    : `errors at most ${percent(upperBound(canary.errors, canary.total))}`;
  const slow = percent(upperBound(canary.slow, canary.total));
  return `healthy after ${windows} window(s) and ${canary.total} canary requests: ${proof}, slow at most ${slow}, with 95 % confidence`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
