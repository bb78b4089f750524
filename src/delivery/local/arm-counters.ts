import { findBucket } from '../histogram.ts';
import type { ArmCounters } from '../metric-source.ts';

/** One answered, broken or timed-out request. */
export interface Observation {
  readonly latencyMs: number;
  readonly error: boolean;
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
  return {
    observe({ latencyMs, error }) {
      const bucket = findBucket(edges, latencyMs);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      if (error) errors += 1;
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
      };
    },
  };
}
