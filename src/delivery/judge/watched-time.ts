import type { Span } from './evidence.ts';
import type { OutageLimits } from './judgement.ts';
import type { TickSample } from './tick-sample.ts';

/** Scored time under one share of traffic, for one set of windows. A canary that is stepped up or watched on has several. */
export interface Phase {
  readonly pct: number;
  readonly extension: number;
  readonly spans: readonly Span[];
}

/** The last one is the present. `scored` in order. */
export function splitPhases(scored: readonly Span[]): Phase[] {
  const phases: { pct: number; extension: number; spans: Span[] }[] = [];
  for (const span of scored) {
    const last = phases.at(-1);
    if (last?.pct === span.intendedPct && last.extension === span.extension) last.spans.push(span);
    else phases.push({ pct: span.intendedPct, extension: span.extension, spans: [span] });
  }
  return phases;
}

/** How many windows a phase may have: all of the configuration at first and when a person asked for them, one at a larger share. */
export function windowsOf(phases: readonly Phase[], index: number, maxWindows: number): number {
  const [before, phase] = [phases[index - 1], phases[index]];
  return before === undefined || phase === undefined || phase.extension > before.extension ? maxWindows : 1;
}

/** Of the first `count` phases together. */
export function countWindows(phases: readonly Phase[], count: number, maxWindows: number): number {
  return phases.slice(0, count).reduce((sum, _, index) => sum + windowsOf(phases, index, maxWindows), 0);
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
