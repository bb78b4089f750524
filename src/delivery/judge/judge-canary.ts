import type { Thresholds } from '../../config/schema.ts';
import { lowerTail } from './binomial.ts';
import { LN_E_FAIL } from './e-process.ts';
import { intendedPct, readSpans, type Span, showsSlow, sumCounts } from './evidence.ts';
import { judgeGateWait } from './gate-wait.ts';
import { type CanaryJudgement, type Finding, type OutageLimits, outageLimits } from './judgement.ts';
import { computeLatencyShape } from './latency-shape.ts';
import { computeNumbers } from './numbers.ts';
import { judgePass } from './pass-rule.ts';
import { type Crossing, computeFigures, findCrossing } from './test-evidence.ts';
import type { TickSample } from './tick-sample.ts';

export interface JudgeInput {
  readonly ticks: readonly TickSample[];
  readonly limits: Thresholds;
  /** The present, to see an outage of the ticks themselves; without it the last tick is the present. */
  readonly now?: Date;
}

const DOWN_TICKS = 3;
const GROSS_ERROR_SHARE = 0.5;
const GROSS_MIN_REQUESTS = 20;
/** A reload of the balancer is one; more of them in one canary are no accident. */
const MAX_DRIFTS = 3;
const ROUTING_MIN_SHARE = 0.5;
/** Chance at which too few canary requests stop being bad luck; small, because it is asked at every tick. */
const ROUTING_ALPHA = 1e-4;

/**
 * Judges a canary from all samples so far: absolute and relative sequential tests for FAIL, exact bounds at the ends of
 * whole windows for PASS. Silence, lack of traffic and the passing of time never promote.
 */
export function judgeCanary(input: JudgeInput): CanaryJudgement {
  const { limits } = input;
  const outage = outageLimits(limits);
  const ticks = input.ticks.toSorted((a, b) => a.n - b.n);
  const spans = readSpans(ticks, limits);
  const scored = spans.filter((span) => span.scored);
  const crossing = findCrossing(scored, limits);
  const figures = crossing?.figures ?? computeFigures(scored, limits);
  const silentS = computeSilence(ticks, input.now);
  const shape = computeLatencyShape(scored);
  const numbers = computeNumbers({ ticks, spans, figures, shape, crossing, limits, outage, silentS });
  const finding =
    findDown(ticks) ??
    findGrossErrors(spans) ??
    describeCrossing(crossing, limits) ??
    findChangedVersion(ticks) ??
    findUnmeasured(ticks, limits) ??
    findOutage(silentS, outage) ??
    findDrift(ticks, limits) ??
    findRouting(spans, outage) ??
    judgeGateWait(ticks, limits) ??
    judgePass({ ticks, scored, figures, shape, limits, outage });
  const next = finding.verdict === 'CONTINUE' ? (finding.next ?? { kind: 'watch' }) : null;
  return { ...finding, next, missing: finding.missing ?? [], numbers };
}

/** A dead canary has no errors to show, so it is judged by its own state. Unreadable ticks neither count nor reset. */
function findDown(ticks: readonly TickSample[]): Finding | null {
  let down = 0;
  for (const tick of ticks) {
    if (tick.snapshot === null) continue;
    down = tick.snapshot.canary?.up ? 0 : down + 1;
    if (down >= DOWN_TICKS) {
      return { verdict: 'FAIL', cause: 'canary_down', why: `the canary was down at ${DOWN_TICKS} ticks in a row` };
    }
  }
  return null;
}

/** The one test that holds during warm-up: half of the requests fail. */
function findGrossErrors(spans: readonly Span[]): Finding | null {
  const warmUp = spans.filter((span) => !span.scored);
  const canary = sumCounts(warmUp, 'canary');
  if (canary.total < GROSS_MIN_REQUESTS || canary.errors / canary.total < GROSS_ERROR_SHARE) return null;
  const control = sumCounts(warmUp, 'control');
  const shared = control.total > 0 && control.errors / control.total >= GROSS_ERROR_SHARE;
  const why = `${canary.errors} of ${canary.total} canary requests failed during warm-up`;
  if (shared) return { verdict: 'FAIL', cause: 'environment', why: `${why}, and production fails alike` };
  return { verdict: 'FAIL', cause: 'regression', why };
}

function describeCrossing(crossing: Crossing | null, limits: Thresholds): Finding | null {
  if (crossing === null) return null;
  const { canary, control, lnEErrors, lnESlow, lnERelative } = crossing.figures;
  const evidence = {
    errors: `${canary.errors} of ${canary.total} canary requests failed, more than ${limits.error_rate_threshold} allows (ln E ${lnEErrors.toFixed(2)})`,
    slow: `${canary.slow} of ${canary.total} canary requests took longer than ${limits.p99_latency_threshold_ms} ms, more than ${limits.slow_share_threshold} allows (ln E ${lnESlow.toFixed(2)})`,
    relative: `${canary.errors} of ${canary.total} canary requests failed against ${control.errors} of ${control.total} in production (ln E ${lnERelative.toFixed(2)})`,
  }[crossing.test];
  const why = `at tick ${crossing.n}: ${evidence}; a regression is found from ln E ${LN_E_FAIL.toFixed(2)}`;
  if (!crossing.shared) return { verdict: 'FAIL', cause: 'regression', why };
  return { verdict: 'FAIL', cause: 'environment', why: `${why}, but production is no better at the same time` };
}

/** Counters of two different builds cannot be added up. */
function findChangedVersion(ticks: readonly TickSample[]): Finding | null {
  const control = new Set(ticks.flatMap((tick) => (tick.snapshot ? [tick.snapshot.control.version] : [])));
  const canary = new Set(ticks.flatMap((tick) => (tick.snapshot?.canary ? [tick.snapshot.canary.version] : [])));
  if (control.size <= 1 && canary.size <= 1) return null;
  const arm = canary.size > 1 ? 'canary' : 'production';
  return { verdict: 'INCONCLUSIVE', cause: 'environment', why: `the ${arm} version changed during the canary` };
}

/** A limit that the counters cannot speak about is never met. */
function findUnmeasured(ticks: readonly TickSample[], limits: Thresholds): Finding | null {
  const edgeMs = limits.p99_latency_threshold_ms;
  const arms = ticks.flatMap(({ snapshot }) => (snapshot ? [snapshot.control, snapshot.canary ?? []].flat() : []));
  const blind = arms.find((arm) => !showsSlow(arm, edgeMs));
  if (blind === undefined) return null;
  const why = `slow requests are counted from ${blind.slow_above_ms ?? 0} ms on, the limit of this change is ${edgeMs} ms`;
  return { verdict: 'INCONCLUSIVE', cause: 'metrics_unavailable', why };
}

function findOutage(silentS: number, outage: OutageLimits): Finding | null {
  if (silentS <= outage.freeze_s) return null;
  const why = `no metrics for ${Math.round(silentS)} s`;
  if (silentS > outage.fail_s) return { verdict: 'FAIL', cause: 'metrics_unavailable', why };
  return { verdict: 'CONTINUE', cause: 'metrics_unavailable', why: `${why}: frozen`, next: { kind: 'freeze' } };
}

/** Seconds since the metrics could last be read. */
function computeSilence(ticks: readonly TickSample[], now: Date | undefined): number {
  const last = ticks.at(-1);
  if (last === undefined) return 0;
  const lastReadable = ticks.findLast((tick) => tick.snapshot !== null);
  const sinceLastTickS = now ? Math.max(0, (now.getTime() - Date.parse(last.at)) / 1000) : 0;
  return last.elapsed_s + sinceLastTickS - (lastReadable?.elapsed_s ?? 0);
}

/** The weight is given back after each drift; one that keeps drifting is somebody else's, and what it shows proves nothing. */
function findDrift(ticks: readonly TickSample[], limits: Thresholds): Finding | null {
  const drifted = ticks.filter(
    (tick) => tick.snapshot !== null && tick.snapshot.canary_pct !== intendedPct(tick, limits),
  );
  const last = drifted.at(-1);
  if (last?.snapshot == null || drifted.length <= MAX_DRIFTS) return null;
  const why = `the canary's weight was another than ${intendedPct(last, limits)} % at ${drifted.length} ticks, at last ${last.snapshot.canary_pct} %`;
  return { verdict: 'FAIL', cause: 'routing', why };
}

/** Far fewer canary requests than the weight asks for, over one freeze time: then the weight is not what it seems. */
function findRouting(spans: readonly Span[], outage: OutageLimits): Finding | null {
  const last = spans.at(-1);
  if (last === undefined) return null;
  const recent = spans.filter(
    (span) => span.scored && span.intendedPct === last.intendedPct && span.fromS >= last.toS - outage.freeze_s * 1.5,
  );
  const begin = recent[0]?.fromS ?? last.toS;
  if (last.toS - begin < outage.freeze_s) return null;
  const canary = sumCounts(recent, 'canary').total;
  const all = canary + sumCounts(recent, 'control').total;
  const share = last.intendedPct / 100;
  if (canary >= ROUTING_MIN_SHARE * share * all) return null;
  if (lowerTail(canary, all, share) > ROUTING_ALPHA) return null;
  const why = `the canary got ${canary} of ${all} requests in the last ${Math.round(last.toS - begin)} s, ${Math.round(share * all)} were due`;
  return { verdict: 'FAIL', cause: 'routing', why };
}
