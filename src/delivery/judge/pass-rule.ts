import type { Thresholds } from '../../config/schema.ts';
import { upperBound } from './binomial.ts';
import { LN_E_SUSPICION } from './e-process.ts';
import { type Span, sumCounts } from './evidence.ts';
import type { Finding, OutageLimits } from './judgement.ts';
import { isSlowerAsAWhole, type LatencyShape } from './latency-shape.ts';
import { nextStepPct } from './step-up.ts';
import { computeFigures, type Figures, isSuspicious, ratioUpperBound } from './test-evidence.ts';
import type { TickSample } from './tick-sample.ts';
import {
  computeCoverage,
  countWindows,
  findWatched,
  type Phase,
  splitPhases,
  watchedSeconds,
  windowsOf,
} from './watched-time.ts';

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
  readonly shape: LatencyShape;
  readonly limits: Thresholds;
  readonly outage: OutageLimits;
}

/**
 * The bounds are not sequential, so they are looked at only at the first tick past the end of each whole window;
 * between ends, and when this was called too late for one, the canary goes on. The initial share has all windows of the
 * configuration, each larger share has one, and a person who lets it go on gives it all of them anew.
 */
export function judgePass(input: PassInput): Finding {
  const { scored, limits, outage } = input;
  const windowS = limits.canary_monitoring_duration_min * 60;
  const phases = splitPhases(scored);
  const phase = phases.at(-1) ?? { pct: limits.canary_traffic_initial_pct, extension: 0, spans: [] };
  const most = windowsOf(phases, phases.length - 1, limits.canary_max_windows);
  const watched = watchedSeconds(phase.spans, outage);
  const windows = Math.floor(watched / windowS);
  const before = Math.floor(watchedSeconds(phase.spans.slice(0, -1), outage) / windowS);
  const atEnd = windows > before && scored.at(-1)?.n === input.ticks.at(-1)?.n;
  const missing = listMissing(input, phase.spans.slice(findWatched(phase.spans, windowS * (windows - 1), outage) + 1));
  if (atEnd && windows <= most && missing.length === 0)
    return { verdict: 'PASS', cause: null, why: describePass(input, phases, windows) };
  if (windows >= most) return endWithoutProof(input, phases, { phase, most, missing });
  const elapsed = (phase.spans.at(-1)?.toS ?? 0) - (phase.spans[0]?.fromS ?? 0);
  if (elapsed > WALL_CLOCK_FACTOR * most * windowS) {
    const why = 'too little of the time could be watched';
    return { verdict: 'INCONCLUSIVE', cause: 'metrics_unavailable', why, missing };
  }
  if (atEnd) return { verdict: 'CONTINUE', cause: null, why: `another window: ${missing.join('; ')}`, missing };
  return {
    verdict: 'CONTINUE',
    cause: null,
    why:
      watched === 0
        ? 'warming up, nothing is scored yet'
        : `${Math.round(watched)} s of ${Math.round(windowS * (windows + 1))} s watched`,
  };
}

/**
 * All windows of the present share are over. What happens next was settled at that moment, so that looking again, after a
 * crash or during a hold, gives the same: where nothing is suspicious a larger share, else a person; else the end.
 */
function endWithoutProof(
  input: PassInput,
  phases: readonly Phase[],
  { phase, most, missing }: { phase: Phase; most: number; missing: readonly string[] },
): Finding {
  const { limits, outage, scored } = input;
  const windowS = limits.canary_monitoring_duration_min * 60;
  const last = phase.spans[findWatched(phase.spans, most * windowS, outage)];
  const over = scored.slice(0, last === undefined ? scored.length : scored.indexOf(last) + 1);
  const wholeWindows = countWindows(phases, phases.length, limits.canary_max_windows) || most;
  const reasons = missing.join('; ') || 'the end of the window was missed';
  const why = `no proof of health after ${wholeWindows} windows: ${reasons}`;
  const sinceS = (input.ticks.at(-1)?.elapsed_s ?? 0) - (last?.toS ?? 0);
  const suspicious = isSuspicious(computeFigures(over, limits));
  const step = suspicious ? null : nextStepPct(phase.pct, limits);
  // A share that could not be raised for so long will not be: then it is as if there was none.
  if (step !== null && sinceS <= outage.freeze_s)
    return {
      verdict: 'CONTINUE',
      cause: null,
      why: `${why}; no sign of a fault, so the share is raised to ${step} %`,
      next: { kind: 'step_up', pct: step },
      missing,
    };
  // Nobody is asked to keep traffic on what looks ill.
  if (suspicious) return { verdict: 'INCONCLUSIVE', cause: null, why: `${why}; a test is suspicious`, missing };
  const leftS = limits.canary_hold_min * 60 - sinceS;
  if (leftS > 0)
    return {
      verdict: 'CONTINUE',
      cause: null,
      why: `${why}; a person decides, or it is rolled back in ${Math.ceil(leftS / 60)} min`,
      next: { kind: 'hold', expires_in_s: leftS },
      missing,
    };
  const waited = limits.canary_hold_min > 0 ? `; nobody decided within ${limits.canary_hold_min} min` : '';
  return { verdict: 'INCONCLUSIVE', cause: null, why: `${why}${waited}`, missing };
}

/** Canary requests over those that were due, while the target said the weight was right; null when none were due. */
export function shareOfDue(scored: readonly Span[]): number | null {
  const onWeight = scored.filter((span) => span.onWeight);
  const due = onWeight.reduce(
    (sum, span) => sum + ((span.canary.total + span.control.total) * span.intendedPct) / 100,
    0,
  );
  return due === 0 ? null : sumCounts(onWeight, 'canary').total / due;
}

/** Production fails so much by itself that no canary could meet the absolute rule. */
export function isBackgroundHigh(figures: Figures, limits: Thresholds): boolean {
  return figures.control.errors > figures.control.total * (limits.error_rate_threshold / 2);
}

function listMissing(input: PassInput, window: readonly Span[]): string[] {
  const { ticks, scored, figures, shape, limits, outage } = input;
  const { canary } = figures;
  const missing: string[] = [];
  if (canary.total < limits.canary_min_requests) {
    missing.push(`${canary.total} of ${limits.canary_min_requests} canary requests`);
  }
  missing.push(...missingErrorProof(figures, limits));
  const slow = upperBound(canary.slow, canary.total);
  if (slow > limits.slow_share_threshold)
    missing.push(`slow requests may be up to ${percent(slow)}, limit ${percent(limits.slow_share_threshold)}`);
  if (figures.lnERelative > LN_E_SUSPICION) {
    missing.push(`errors against production are suspicious (ln E ${figures.lnERelative.toFixed(2)})`);
  }
  const coverage = computeCoverage(ticks, scored, outage);
  if (coverage < MIN_COVERAGE) missing.push(`only ${percent(coverage)} of the ticks could be read`);
  const gap = Math.max(0, ...window.map((span) => span.toS - span.fromS));
  if (gap > outage.freeze_s) missing.push(`nothing was seen for ${Math.round(gap)} s of this window`);
  if (ticks.some((tick) => !tick.warm_up && tick.snapshot !== null && !tick.snapshot.canary?.up)) {
    missing.push('the canary was down for a time');
  }
  missing.push(...missingShare(scored, limits));
  if (isSlowerAsAWhole(shape))
    missing.push(
      `the canary is slower as a whole: ${percent(shape.cles ?? 0)} of its requests against production's, where 50 % are alike`,
    );
  return missing;
}

function missingShare(scored: readonly Span[], limits: Thresholds): string[] {
  const due = shareOfDue(scored);
  if (due !== null && Math.abs(due - 1) <= SHARE_TOLERANCE) return [];
  const pct = limits.canary_traffic_initial_pct;
  if (scored.some((span) => span.intendedPct !== pct))
    return [`the canary got ${due === null ? 'none' : percent(due)} of the requests that were due`];
  return [
    `the canary got ${due === null ? 'none' : percent((due * pct) / 100)} of the traffic instead of ${percent(pct / 100)}`,
  ];
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

function describePass({ figures, limits }: PassInput, phases: readonly Phase[], windows: number): string {
  const { canary } = figures;
  const proof = isBackgroundHigh(figures, limits)
    ? `not worse than production, which itself fails often: at most ${ratioUpperBound(figures).toFixed(2)} times its errors (limit ${RATIO_BOUND})`
    : `errors at most ${percent(upperBound(canary.errors, canary.total))}`;
  const slow = percent(upperBound(canary.slow, canary.total));
  const all = countWindows(phases, phases.length - 1, limits.canary_max_windows) + windows;
  return `healthy after ${all} window(s) and ${canary.total} canary requests: ${proof}, slow at most ${slow}, with 95 % confidence`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
