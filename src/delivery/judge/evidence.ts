import type { ArmCounters } from '../metric-source.ts';
import type { PairedCounts } from './e-process.ts';
import type { TickSample } from './tick-sample.ts';

export interface Counts {
  readonly total: number;
  readonly errors: number;
  readonly slow: number;
}

/** Requests of one span by latency: upper edges in ms, the last one open, and the requests of each bucket alone. */
export interface LatencyCounts {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** What happened between two samples that could be read. */
export interface Span {
  /** The tick that ended it. */
  readonly n: number;
  readonly fromS: number;
  readonly toS: number;
  /** No unreadable tick lies inside: only such time counts as watched. */
  readonly unbroken: boolean;
  /** Both ends lie after the warm-up. */
  readonly scored: boolean;
  /** The share the canary was to have at its end, percent. */
  readonly intendedPct: number;
  /** How often a person had asked for another set of windows by its end. */
  readonly extension: number;
  /** The target said at both ends that the canary has the intended weight. */
  readonly onWeight: boolean;
  readonly canary: Counts;
  readonly control: Counts;
  /** Null where the source keeps no histogram, or its edges changed. */
  readonly canaryLatency: LatencyCounts | null;
  readonly controlLatency: LatencyCounts | null;
}

export interface EvidenceLimits {
  readonly canary_traffic_initial_pct: number;
  readonly p99_latency_threshold_ms: number;
}

const NONE: Counts = { total: 0, errors: 0, slow: 0 };

/** Turns cumulative counters into spans. `ticks` in order of n. */
export function readSpans(ticks: readonly TickSample[], limits: EvidenceLimits): Span[] {
  const spans: Span[] = [];
  let previous: TickSample | null = null;
  let broken = false;
  for (const tick of ticks) {
    if (tick.snapshot === null) {
      broken = true;
      continue;
    }
    if (previous?.snapshot) {
      const before = previous.snapshot;
      const after = tick.snapshot;
      const unknown = isUnknown(before.canary, after.canary) || isUnknown(before.control, after.control);
      const edge = limits.p99_latency_threshold_ms;
      spans.push({
        n: tick.n,
        fromS: previous.elapsed_s,
        toS: tick.elapsed_s,
        unbroken: !broken && !unknown,
        scored: !previous.warm_up && !tick.warm_up,
        intendedPct: intendedPct(tick, limits),
        extension: tick.extension ?? 0,
        onWeight:
          intendedPct(previous, limits) === intendedPct(tick, limits) &&
          [before, after].every((snapshot) => snapshot.canary_pct === intendedPct(tick, limits)),
        canary: unknown ? NONE : countsBetween(before.canary, after.canary, edge),
        control: unknown ? NONE : countsBetween(before.control, after.control, edge),
        canaryLatency: unknown ? null : latencyBetween(before.canary, after.canary),
        controlLatency: unknown ? null : latencyBetween(before.control, after.control),
      });
    }
    previous = tick;
    broken = false;
  }
  return spans;
}

/** The share that the canary was to have when the sample was taken, percent. */
export function intendedPct(tick: TickSample, limits: Pick<EvidenceLimits, 'canary_traffic_initial_pct'>): number {
  return tick.intended_pct ?? limits.canary_traffic_initial_pct;
}

/** Counters that began anew are reset: then all that they show happened since. */
function countsBetween(before: ArmCounters | null, after: ArmCounters | null, edgeMs: number): Counts {
  if (after === null) return NONE;
  const now = { total: after.total, errors: after.errors, slow: countSlow(after, edgeMs) };
  if (before === null || wasReset(before, after)) return now;
  return {
    total: now.total - before.total,
    errors: now.errors - before.errors,
    slow: now.slow - countSlow(before, edgeMs),
  };
}

/**
 * Requests slower than the limit. The source's own count stands for the limit it was configured with; a change may have a
 * tighter one, which the histogram answers: at its exact edge, or at the next lower one, which calls more requests slow.
 */
function countSlow(arm: ArmCounters, edgeMs: number): number {
  const exact = arm.histogram.find((bucket) => bucket.le_ms === edgeMs);
  if (exact !== undefined) return arm.total - exact.count;
  const below = arm.histogram.findLast((bucket) => bucket.le_ms !== null && bucket.le_ms < edgeMs);
  if (below === undefined || arm.slow_above_ms === undefined || arm.slow_above_ms === edgeMs) return arm.slow;
  return arm.total - below.count;
}

/** Whether the counters can say, exactly or too strictly, what is slower than the limit. */
export function showsSlow(arm: ArmCounters, edgeMs: number): boolean {
  if (arm.slow_above_ms === undefined || arm.slow_above_ms <= edgeMs) return true;
  return arm.histogram.some((bucket) => bucket.le_ms !== null && bucket.le_ms <= edgeMs);
}

function latencyBetween(before: ArmCounters | null, after: ArmCounters | null): LatencyCounts | null {
  if (after === null || after.histogram.length < 2) return null;
  const fresh = before === null || wasReset(before, after);
  if (!fresh && !sameEdges(before, after)) return null;
  const cumulative = after.histogram.map(
    (bucket, index) => bucket.count - (fresh ? 0 : (before.histogram[index]?.count ?? 0)),
  );
  return {
    edges: after.histogram.flatMap((bucket) => bucket.le_ms ?? []),
    counts: cumulative.map((count, index) => Math.max(0, count - (cumulative[index - 1] ?? 0))),
  };
}

function sameEdges(before: ArmCounters, after: ArmCounters): boolean {
  return (
    before.histogram.length === after.histogram.length &&
    before.histogram.every((bucket, index) => bucket.le_ms === after.histogram[index]?.le_ms)
  );
}

function wasReset(before: ArmCounters, after: ArmCounters): boolean {
  return before.since !== after.since || wentDown(before, after);
}

function wentDown(before: ArmCounters, after: ArmCounters): boolean {
  return after.total < before.total || after.errors < before.errors || after.slow < before.slow;
}

/**
 * Went down, and the source does not say when its counters began: a sum over instances, one of which started anew, looks so
 * too, and all that it shows is mostly old. Then nothing is known of this span.
 */
function isUnknown(before: ArmCounters | null, after: ArmCounters | null): boolean {
  if (before === null || after === null) return false;
  return before.since === undefined && after.since === undefined && wentDown(before, after);
}

export function sumCounts(spans: readonly Span[], arm: 'canary' | 'control'): Counts {
  return spans.reduce<Counts>((sum, span) => addCounts(sum, span[arm]), NONE);
}

export function addCounts(a: Counts, b: Counts): Counts {
  return { total: a.total + b.total, errors: a.errors + b.errors, slow: a.slow + b.slow };
}

export function pairCounts(span: Span, event: 'errors' | 'slow'): PairedCounts {
  return {
    canaryRequests: span.canary.total,
    canaryEvents: span.canary[event],
    controlRequests: span.control.total,
    controlEvents: span.control[event],
  };
}
