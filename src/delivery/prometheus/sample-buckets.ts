import type { ArmCounters } from '../metric-source.ts';
import type { Sample } from './prometheus-client.ts';

const MS_IN = { s: 1000, ms: 1 } as const;

/** One series for each `le`, made into a cumulative histogram in ms. @throws when it is none, or its counts are not whole. */
export function parseBuckets(
  samples: readonly Sample[],
  { unit, what, whole = true }: { unit: keyof typeof MS_IN; what: string; whole?: boolean },
): ArmCounters['histogram'] {
  const buckets = samples.map(({ labels, value }) => {
    const { le } = labels;
    if (le === undefined) throw new Error(`${what} has a series without le: write sum by (le) (…)`);
    if (whole && !Number.isInteger(value)) throw new Error(`${what} has a bucket with ${value}: take raw counters`);
    // Rounded to a microsecond: 0.07 × 1000 is not 70 in floating point.
    const edge = le === '+Inf' ? Number.POSITIVE_INFINITY : Math.round(Number(le) * MS_IN[unit] * 1000) / 1000;
    return { edge, count: value };
  });
  buckets.sort((a, b) => a.edge - b.edge);
  if (buckets.at(-1)?.edge !== Number.POSITIVE_INFINITY) throw new Error(`${what} has no bucket +Inf`);
  const edges = new Set(buckets.map(({ edge }) => edge));
  if (edges.size < buckets.length) throw new Error(`${what} has several series for one le: write sum by (le) (…)`);
  if (buckets.some(({ count }, index) => count < (buckets[index - 1]?.count ?? 0)))
    throw new Error(`${what} is not cumulative`);
  return buckets.map(({ edge, count }) => ({ le_ms: Number.isFinite(edge) ? edge : null, count }));
}
