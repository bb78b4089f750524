import type { Load, LoadPath, Regression } from '../config/load-schema.ts';

export type Arm = 'head' | 'base';

interface Leg {
  readonly arm: Arm;
  readonly requests: number;
}

export interface LoadPlan {
  /** The legs of each block, one after the other. */
  readonly blocks: readonly (readonly Leg[])[];
  /** Of one version over the whole load. */
  readonly requestsPerArm: number;
  readonly requestsPerBlock: number;
  readonly warmUp: number;
}

/** Below this the 95th percentile of a block is only its slowest request. */
export const MIN_BLOCK_REQUESTS = 20;

/**
 * Cuts the load into blocks: head, base, base, head and in the next block the other way round (ABBA, BAAB), so that whatever
 * drifts with time, a machine that warms up or another job, falls on both versions alike. Pure.
 */
export function planLoad(durationS: number, { rate_rps, warm_up_s }: Load, { compare, blocks }: Regression): LoadPlan {
  const legs: readonly Arm[] = compare === 'base' ? ['head', 'base', 'base', 'head'] : ['head'];
  const requests = Math.max(1, Math.round((rate_rps * durationS) / (blocks * legs.length)));
  const mirrored = legs.map((arm): Arm => (compare === 'off' || arm === 'base' ? 'head' : 'base'));
  const block = (index: number) => (index % 2 === 0 ? legs : mirrored).map((arm): Leg => ({ arm, requests }));
  const perBlock = requests * (compare === 'base' ? 2 : 1);
  return {
    blocks: Array.from({ length: blocks }, (_, index) => block(index)),
    requestsPerArm: perBlock * blocks,
    requestsPerBlock: perBlock,
    warmUp: Math.round(rate_rps * warm_up_s),
  };
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The path of the nth request: as often as its weight says, evenly mixed, and the same n is always the same path. */
export function pickLoadPath(paths: readonly LoadPath[], n: number): LoadPath {
  const total = paths.reduce((sum, { weight }) => sum + weight, 0);
  // Multiples of the golden ratio fill the unit interval more evenly than chance (Weyl's equidistribution).
  let at = ((n * GOLDEN) % 1) * total;
  for (const path of paths) {
    at -= path.weight;
    if (at < 0) return path;
  }
  const [last] = paths.slice(-1);
  if (last === undefined) throw new Error('a load without paths');
  return last;
}
