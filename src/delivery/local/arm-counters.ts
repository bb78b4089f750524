import { findBucket } from '../histogram.ts';
import { type ArmCounters, MAX_ERROR_KINDS } from '../metric-source.ts';

/** One answered, broken or timed-out request. */
export interface Observation {
  readonly latencyMs: number;
  readonly error: boolean;
  /** What went wrong, where something did: few words, or there would be a kind for each request. */
  readonly kind?: string;
}

/** Cumulative counters of one running version. */
export interface VersionCounters {
  observe(observation: Observation): void;
  read(version: string, up: boolean): ArmCounters;
}

export function makeVersionCounters(edges: readonly number[], thresholdMs: number, since: Date): VersionCounters {
  const buckets = [...edges, null].map(() => 0);
  let errors = 0;
  let slow = 0;
  const kinds = new Map<string, number>();
  return {
    observe({ latencyMs, error, kind }) {
      const bucket = findBucket(edges, latencyMs);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      if (error) errors += 1;
      if (error && kind !== undefined) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (latencyMs > thresholdMs) slow += 1;
    },
    read(version, up) {
      let count = 0;
      const histogram = buckets.map((own, index) => {
        count += own;
        return { le_ms: edges[index] ?? null, count };
      });
      return {
        version,
        since: since.toISOString(),
        total: count,
        errors,
        slow,
        slow_above_ms: thresholdMs,
        histogram,
        up,
        error_kinds: [...kinds]
          .map(([name, times]) => ({ kind: name, count: times }))
          .toSorted((a, b) => b.count - a.count)
          .slice(0, MAX_ERROR_KINDS),
      };
    },
  };
}
