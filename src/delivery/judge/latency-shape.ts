import { computePercentile } from '../histogram.ts';
import type { LatencyCounts, Span } from './evidence.ts';
import { mannWhitney } from './mann-whitney.ts';

/** The canary is called slower as a whole when both hold: likely (CLES) and hardly by chance (p, one-sided). */
const CLES_LIMIT = 0.6;
const P_LIMIT = 0.01;

/** Latencies of the scored time. Null where a source keeps no histogram. Percentiles in ms, inside a bucket by interpolation. */
export interface LatencyShape {
  readonly canaryP95Ms: number | null;
  readonly canaryP99Ms: number | null;
  readonly controlP95Ms: number | null;
  readonly controlP99Ms: number | null;
  /** Chance that a canary request is slower than one of production; 0.5 = alike. */
  readonly cles: number | null;
  /** Mann–Whitney, one-sided, ties corrected: chance of such a difference between equal arms. */
  readonly p: number | null;
}

export function computeLatencyShape(scored: readonly Span[]): LatencyShape {
  const canary = addUp(scored.map((span) => span.canaryLatency));
  const control = addUp(scored.map((span) => span.controlLatency));
  const test = compare(canary, control);
  return {
    canaryP95Ms: percentile(canary, 0.95),
    canaryP99Ms: percentile(canary, 0.99),
    controlP95Ms: percentile(control, 0.95),
    controlP99Ms: percentile(control, 0.99),
    cles: test?.cles ?? null,
    p: test?.p ?? null,
  };
}

/** Advisory: it can keep a PASS back, and never rolls back. */
export function isSlowerAsAWhole({ cles, p }: LatencyShape): boolean {
  return cles !== null && p !== null && cles >= CLES_LIMIT && p < P_LIMIT;
}

/** Over spans that have a histogram of the same edges as the last one. */
function addUp(all: readonly (LatencyCounts | null)[]): LatencyCounts | null {
  const last = all.findLast((each) => each !== null);
  if (last == null) return null;
  const same = all.flatMap((each) => (each !== null && String(each.edges) === String(last.edges) ? [each.counts] : []));
  return {
    edges: last.edges,
    counts: last.counts.map((_, i) => same.reduce((sum, counts) => sum + (counts[i] ?? 0), 0)),
  };
}

function compare(canary: LatencyCounts | null, control: LatencyCounts | null) {
  if (canary === null || control === null || String(canary.edges) !== String(control.edges)) return null;
  const groups = canary.counts.map((x, i) => ({ x, y: control.counts[i] ?? 0 }));
  if (!groups.some(({ x }) => x > 0) || !groups.some(({ y }) => y > 0)) return null;
  return mannWhitney(groups, { alternative: 'greater', method: 'asymptotic' });
}

function percentile(latency: LatencyCounts | null, share: number): number | null {
  return latency === null ? null : computePercentile(latency.edges, latency.counts, share);
}
