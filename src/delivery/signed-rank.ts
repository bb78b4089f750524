/**
 * One-sided Wilcoxon signed-rank test, exact (Wilcoxon 1945; the null distribution by counting sign patterns, with mid-ranks
 * for ties): how likely differences as large as these are when each is as often above zero as below. Zeros say nothing and are
 * dropped. 1 when nothing is left. For up to some hundred differences. Pure.
 */
export function signedRankP(differences: readonly number[]): number {
  const kept = differences.filter((d) => d !== 0);
  if (kept.length === 0) return 1;
  const ranks = doubledRanks(kept.map(Math.abs));
  const observed = kept.reduce((sum, d, index) => sum + (d > 0 ? (ranks[index] ?? 0) : 0), 0);
  const top = ranks.reduce((sum, rank) => sum + rank, 0);
  // share[w]: of all sign patterns, those whose positive ranks add up to w.
  let share = new Float64Array(top + 1);
  share[0] = 1;
  for (const rank of ranks) {
    const next = new Float64Array(top + 1);
    for (let w = 0; w <= top; w += 1) {
      const half = (share[w] ?? 0) / 2;
      if (half === 0) continue;
      next[w] = (next[w] ?? 0) + half;
      next[w + rank] = (next[w + rank] ?? 0) + half;
    }
    share = next;
  }
  return Math.min(
    1,
    share.slice(observed).reduce((sum, each) => sum + each, 0),
  );
}

/** Mid-ranks times two, so that they are whole. */
function doubledRanks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => {
    const below = sorted.findIndex((each) => each === value);
    const ties = sorted.filter((each) => each === value).length;
    return 2 * below + ties + 1;
  });
}

/** Hodges–Lehmann estimate of the centre: the median of all pairwise means. NaN without values. */
export function hodgesLehmann(values: readonly number[]): number {
  const means = values.flatMap((a, i) => values.slice(i).map((b) => (a + b) / 2)).toSorted((a, b) => a - b);
  const half = Math.floor(means.length / 2);
  const [low, high] = [means[means.length % 2 === 0 ? half - 1 : half], means[half]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
