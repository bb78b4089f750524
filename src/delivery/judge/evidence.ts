import type { ArmCounters } from '../metric-source.ts';
import type { PairedCounts } from './e-process.ts';
import type { TickSample } from './tick-sample.ts';

export interface Counts {
  readonly total: number;
  readonly errors: number;
  readonly slow: number;
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
  /** The target said at both ends that the canary has the intended weight. */
  readonly onWeight: boolean;
  readonly canary: Counts;
  readonly control: Counts;
}

const NONE: Counts = { total: 0, errors: 0, slow: 0 };

/** Turns cumulative counters into spans. `ticks` in order of n. */
export function readSpans(ticks: readonly TickSample[], intendedPct: number): Span[] {
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
      const unknown =
        isUnknown(before.canary, tick.snapshot.canary) || isUnknown(before.control, tick.snapshot.control);
      spans.push({
        n: tick.n,
        fromS: previous.elapsed_s,
        toS: tick.elapsed_s,
        unbroken: !broken && !unknown,
        scored: !previous.warm_up && !tick.warm_up,
        onWeight: before.canary_pct === intendedPct && tick.snapshot.canary_pct === intendedPct,
        canary: unknown ? NONE : countsBetween(before.canary, tick.snapshot.canary),
        control: unknown ? NONE : countsBetween(before.control, tick.snapshot.control),
      });
    }
    previous = tick;
    broken = false;
  }
  return spans;
}

/** Counters that began anew are reset: then all that they show happened since. */
function countsBetween(before: ArmCounters | null, after: ArmCounters | null): Counts {
  if (after === null) return NONE;
  if (before === null || wasReset(before, after)) return { total: after.total, errors: after.errors, slow: after.slow };
  return {
    total: after.total - before.total,
    errors: after.errors - before.errors,
    slow: after.slow - before.slow,
  };
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
  return spans.reduce<Counts>(
    (sum, span) => ({
      total: sum.total + span[arm].total,
      errors: sum.errors + span[arm].errors,
      slow: sum.slow + span[arm].slow,
    }),
    NONE,
  );
}

export function pairCounts(span: Span, event: 'errors' | 'slow'): PairedCounts {
  return {
    canaryRequests: span.canary.total,
    canaryEvents: span.canary[event],
    controlRequests: span.control.total,
    controlEvents: span.control[event],
  };
}
