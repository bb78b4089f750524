const EDGES_MS = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000, 30_000,
];

/** Upper edges in ms, ascending, one of them exactly `thresholdMs`. The last bucket, above all edges, is open. */
export function makeEdges(thresholdMs: number): number[] {
  return [...new Set([...EDGES_MS, thresholdMs])].toSorted((a, b) => a - b);
}

/** Bucket of a latency: a value on an edge belongs below it (`le`). */
export function findBucket(edges: readonly number[], latencyMs: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (latencyMs <= (edges[middle] ?? Number.POSITIVE_INFINITY)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Percentile by linear interpolation inside its bucket; null without data. In the open bucket the last edge is all that
 * is known, so it is the answer: read it as "at least".
 */
export function computePercentile(edges: readonly number[], buckets: ArrayLike<number>, share: number): number | null {
  const total = Array.from(buckets).reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = share * total;
  let below = 0;
  for (let index = 0; index < buckets.length; index += 1) {
    const count = buckets[index] ?? 0;
    if (below + count >= rank && count > 0) {
      const lower = index === 0 ? 0 : (edges[index - 1] ?? 0);
      const upper = edges[index] ?? lower;
      return lower + ((upper - lower) * (rank - below)) / count;
    }
    below += count;
  }
  return edges.at(-1) ?? null;
}
