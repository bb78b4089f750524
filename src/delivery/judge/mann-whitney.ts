import { normalTail } from './normal-tail.ts';

/**
 * The Mann–Whitney U test (Mann and Whitney 1947) on values that are counted, so that a histogram of millions of requests
 * costs as many steps as it has buckets.
 */

/** How often one value occurs in each sample. */
export interface TiedGroup {
  readonly x: number;
  readonly y: number;
}

export interface MannWhitneyOptions {
  /** What is asked: `greater` = values of x tend to be larger than those of y. */
  readonly alternative: 'two-sided' | 'greater' | 'less';
  /** `exact` counts orders and knows no ties; `asymptotic` is the normal approximation with tie-corrected variance. */
  readonly method: 'exact' | 'asymptotic';
  /** Half a step towards the mean, for the approximation. Default true. */
  readonly continuity?: boolean;
}

export interface MannWhitney {
  /** Pairs in which x is larger, ties as halves. */
  readonly u1: number;
  readonly u2: number;
  readonly p: number;
  /** Chance that a value of x is larger than one of y, ties as halves (common language effect size). */
  readonly cles: number;
}

/** @throws {RangeError} when a sample is empty, or there are ties where `exact` was asked for. */
export function mannWhitney(groups: readonly TiedGroup[], options: MannWhitneyOptions): MannWhitney {
  const { n1, n2, u1, ties } = count(groups);
  if (n1 === 0 || n2 === 0) throw new RangeError('both samples need at least one value');
  const u2 = n1 * n2 - u1;
  const u = { greater: u1, less: u2, 'two-sided': Math.max(u1, u2) }[options.alternative];
  if (options.method === 'exact' && ties > 0) throw new RangeError('the exact distribution knows no ties');
  const tail = options.method === 'exact' ? exactTail(u, n1, n2) : normalApproximation(u, n1, n2, ties, options);
  return { u1, u2, p: Math.min(1, options.alternative === 'two-sided' ? 2 * tail : tail), cles: u1 / (n1 * n2) };
}

/** Values in ascending order, equal ones together. Infinities are values like others. */
export function groupValues(x: readonly number[], y: readonly number[]): TiedGroup[] {
  const groups = new Map<number, { x: number; y: number }>();
  for (const [arm, values] of [
    ['x', x],
    ['y', y],
  ] as const) {
    for (const value of values) {
      const group = groups.get(value) ?? { x: 0, y: 0 };
      group[arm] += 1;
      groups.set(value, group);
    }
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function count(groups: readonly TiedGroup[]): { n1: number; n2: number; u1: number; ties: number } {
  let [n1, n2, u1, ties] = [0, 0, 0, 0];
  for (const { x, y } of groups) {
    u1 += x * (n2 + y / 2);
    n1 += x;
    n2 += y;
    const t = x + y;
    ties += t * (t * t - 1);
  }
  return { n1, n2, u1, ties };
}

function normalApproximation(u: number, n1: number, n2: number, ties: number, options: MannWhitneyOptions): number {
  const n = n1 + n2;
  const variance = ((n1 * n2) / 12) * (n + 1 - (n > 1 ? ties / (n * (n - 1)) : 0));
  // All values equal: nothing can be told apart.
  if (variance <= 0) return 1;
  const distance = u - (n1 * n2) / 2 - (options.continuity === false ? 0 : 0.5);
  return normalTail(distance / Math.sqrt(variance));
}

/** P(U ≥ u): orders of both samples by their U, counted with the recurrence of the q-binomial coefficients. */
function exactTail(u: number, n1: number, n2: number): number {
  let ways: number[] = [1];
  for (let k = 1; k <= n1; k += 1) ways = divideByStep(multiplyByStep(ways, n2 + k), k);
  const all = ways.reduce((sum, each) => sum + each, 0);
  return ways.slice(Math.ceil(u)).reduce((sum, each) => sum + each, 0) / all;
}

/** Times (1 − q^step). */
function multiplyByStep(ways: readonly number[], step: number): number[] {
  return Array.from({ length: ways.length + step }, (_, i) => (ways[i] ?? 0) - (ways[i - step] ?? 0));
}

/** Divided by (1 − q^step), which leaves no remainder. */
function divideByStep(ways: readonly number[], step: number): number[] {
  const quotient: number[] = [];
  for (let i = 0; i < ways.length - step; i += 1) quotient.push((ways[i] ?? 0) + (quotient[i - step] ?? 0));
  return quotient;
}
