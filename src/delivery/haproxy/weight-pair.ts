const MAX_WEIGHT = 256;

export interface WeightPair {
  readonly stable: number;
  readonly canary: number;
}

/** Weights that give the canary servers together this share; null when 0–256 cannot express it to 0.01 %. */
export function findWeightPair(pct: number, stableServers: number, canaryServers: number): WeightPair | null {
  if (pct === 0) return { stable: 100, canary: 0 };
  if (pct === 100) return { stable: 0, canary: 100 };
  for (let stable = 1; stable <= MAX_WEIGHT; stable += 1) {
    const canary = Math.round((pct * stable * stableServers) / ((100 - pct) * canaryServers));
    if (canary < 1 || canary > MAX_WEIGHT) continue;
    const all = canary * canaryServers + stable * stableServers;
    // What counts is the share that will be read back.
    if (shareOf(canary * canaryServers, all) === pct) return { stable, canary };
  }
  return null;
}

/** The canary's share of all weights in percent, to two decimals. */
export function shareOf(canaryWeight: number, allWeights: number): number {
  return allWeights === 0 ? 0 : Math.round((10_000 * canaryWeight) / allWeights) / 100;
}
