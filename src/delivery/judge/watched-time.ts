import type { Span } from './evidence.ts';
import type { OutageLimits } from './judgement.ts';
import type { TickSample } from './tick-sample.ts';

/** Scored time under one share of traffic. A canary that is stepped up has one for each share. */
export interface Phase {
  readonly pct: number;
  readonly spans: readonly Span[];
}

/** The last one is the present. `scored` in order. */
export function splitPhases(scored: readonly Span[]): Phase[] {
  const phases: { pct: number; spans: Span[] }[] = [];
  for (const span of scored) {
    const last = phases.at(-1);
    if (last?.pct === span.intendedPct) last.spans.push(span);
    else phases.push({ pct: span.intendedPct, spans: [span] });
  }
  return phases;
}

/** Only time between two readable ticks, not too far apart, counts. */
export function watchedSeconds(scored: readonly Span[], outage: OutageLimits): number {
  const watched = scored.filter((span) => isWatched(span, outage));
  // Rounded, so that a window of sums like 0.1 + 0.2 ends where it should.
  return Math.round(watched.reduce((sum, span) => sum + span.toS - span.fromS, 0) * 1000) / 1000;
}

/** Index of the first span by whose end `seconds` had been watched; -1 when they have not. */
export function findWatched(spans: readonly Span[], seconds: number, outage: OutageLimits): number {
  let watched = 0;
  return spans.findIndex((span) => {
    watched += isWatched(span, outage) ? span.toS - span.fromS : 0;
    return Math.round(watched * 1000) / 1000 >= seconds;
  });
}

function isWatched(span: Span, outage: OutageLimits): boolean {
  return span.unbroken && span.toS - span.fromS <= outage.freeze_s;
}

/**
 * Share of what should have been seen after warm-up: of the ticks that were taken those that could be read, and of the
 * time that passed what was watched, so that ticks which nobody took count as well. The smaller of the two.
 */
export function computeCoverage(ticks: readonly TickSample[], scored: readonly Span[], outage: OutageLimits): number {
  const due = ticks.filter((tick) => !tick.warm_up);
  if (due.length === 0) return 0;
  const readable = due.filter((tick) => tick.snapshot !== null).length / due.length;
  const elapsed = (scored.at(-1)?.toS ?? 0) - (scored[0]?.fromS ?? 0);
  return elapsed === 0 ? readable : Math.min(readable, watchedSeconds(scored, outage) / elapsed);
}
