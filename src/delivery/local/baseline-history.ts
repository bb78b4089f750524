import { z } from 'zod';
import { type BaselineWindow, hourOfWeek } from '../baseline-window.ts';
import { computePercentile, findBucket } from '../histogram.ts';
import type { Baseline } from '../metric-source.ts';
import type { Observation } from './arm-counters.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const KEEP_MS = 30 * DAY_MS;
/** 30 days are at most 4,320 slices: about a megabyte a service. */
const SLICE_MS = 600_000;

const Slice = z.strictObject({
  /** First and last second with traffic, in ms of the epoch. */
  from: z.int(),
  to: z.int(),
  requests: z.int().min(0),
  errors: z.int().min(0),
  buckets: z.array(z.int().min(0)),
});

export const StoredHistory = z.strictObject({ edges: z.array(z.number()), slices: z.array(Slice) });
export type StoredHistory = z.infer<typeof StoredHistory>;

/** What production measured about itself over at most 30 days, compact enough to keep in memory and in one file. */
export interface BaselineHistory {
  observe(observation: Observation, nowMs: number): void;
  read(service: string, nowMs: number, window: Pick<BaselineWindow, 'window_days' | 'hours'>): Baseline | null;
  store(): StoredHistory;
}

/** `stored` with other edges than `edges` is dropped: its counts cannot be put into other buckets. */
export function makeBaselineHistory(edges: readonly number[], stored: StoredHistory | null): BaselineHistory {
  const sameEdges = stored !== null && stored.edges.join() === edges.join();
  let slices = sameEdges ? stored.slices : [];

  const sliceAt = (nowMs: number) => {
    const second = Math.floor(nowMs / 1000) * 1000;
    const last = slices.at(-1);
    if (last && second >= last.from && second < last.from + SLICE_MS) {
      last.to = Math.max(last.to, second + 1000);
      return last;
    }
    slices = slices.filter((slice) => slice.to > nowMs - KEEP_MS);
    const slice = { from: second, to: second + 1000, requests: 0, errors: 0, buckets: edges.map(() => 0).concat(0) };
    slices.push(slice);
    return slice;
  };

  return {
    observe({ latencyMs, error }, nowMs) {
      const slice = sliceAt(nowMs);
      const bucket = findBucket(edges, latencyMs);
      slice.requests += 1;
      if (error) slice.errors += 1;
      slice.buckets[bucket] = (slice.buckets[bucket] ?? 0) + 1;
    },
    read(service, nowMs, { window_days, hours }) {
      const kept = slices.filter(
        (slice) => slice.to > nowMs - Math.min(KEEP_MS, window_days * DAY_MS) && slice.requests > 0,
      );
      const days = new Set(kept.map(({ from }) => Math.floor(from / DAY_MS))).size;
      const hour = hours === 'all' ? null : hourOfWeek(nowMs);
      // Like elsewhere the hour that is on does not count: it would be compared with itself.
      const recent =
        hour === null
          ? kept
          : kept.filter(
              ({ from }) => hourOfWeek(from) === hour && Math.floor(nowMs / HOUR_MS) > Math.floor(from / HOUR_MS),
            );
      const first = recent[0];
      const last = recent.at(-1);
      if (!first || !last) return null;
      const requests = recent.reduce((sum, slice) => sum + slice.requests, 0);
      const buckets = edges.map(() => 0).concat(0);
      for (const slice of recent)
        slice.buckets.forEach((count, index) => (buckets[index] = (buckets[index] ?? 0) + count));
      return {
        service,
        window_from: new Date(first.from).toISOString(),
        window_to: new Date(last.to).toISOString(),
        requests,
        error_rate: recent.reduce((sum, slice) => sum + slice.errors, 0) / requests,
        p50_ms: computePercentile(edges, buckets, 0.5),
        p95_ms: computePercentile(edges, buckets, 0.95),
        p99_ms: computePercentile(edges, buckets, 0.99),
        days,
        hour_of_week: hour,
      };
    },
    store: () => ({ edges: [...edges], slices }),
  };
}
