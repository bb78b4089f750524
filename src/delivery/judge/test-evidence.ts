import type { Thresholds } from '../../config/schema.ts';
import { upperBound } from './binomial.ts';
import { ERROR_MULTIPLIERS, LN_E_FAIL, LN_E_SUSPICION, lnERatio, lnEShare, SLOW_MULTIPLIERS } from './e-process.ts';
import { type Counts, pairCounts, type Span, sumCounts } from './evidence.ts';

/** p99 ≤ threshold is the statement "at most 1 % of requests are slower than the threshold". */
export const SLOW_SHARE = 0.01;

/** Everything the scored spans say, at one moment. */
export interface Figures {
  readonly canary: Counts;
  readonly control: Counts;
  readonly lnEErrors: number;
  readonly lnESlow: number;
  readonly lnERelative: number;
  readonly lnEControlErrors: number;
  readonly lnEControlSlow: number;
  readonly lnERelativeSlow: number;
}

export interface Crossing {
  readonly n: number;
  readonly test: 'errors' | 'slow' | 'relative';
  /** The control fails the same test and is no better than the canary: the fault is around, not in, the change. */
  readonly shared: boolean;
  readonly figures: Figures;
}

export function computeFigures(scored: readonly Span[], limits: Thresholds): Figures {
  const canary = sumCounts(scored, 'canary');
  const control = sumCounts(scored, 'control');
  const errors = scored.map((span) => pairCounts(span, 'errors'));
  const slow = scored.map((span) => pairCounts(span, 'slow'));
  const threshold = limits.error_rate_threshold;
  return {
    canary,
    control,
    lnEErrors: lnEShare(canary.errors, canary.total, threshold, ERROR_MULTIPLIERS),
    lnESlow: lnEShare(canary.slow, canary.total, SLOW_SHARE, SLOW_MULTIPLIERS),
    lnERelative: lnERatio(errors, limits.relative_tolerance),
    lnEControlErrors: lnEShare(control.errors, control.total, threshold, ERROR_MULTIPLIERS),
    lnEControlSlow: lnEShare(control.slow, control.total, SLOW_SHARE, SLOW_MULTIPLIERS),
    lnERelativeSlow: lnERatio(slow, limits.relative_tolerance),
  };
}

/**
 * The first tick at which a test found a regression. Looking back is sound: the tests hold for the highest value ever
 * reached, so a verdict judged late, after a crash, is the verdict that was due.
 */
export function findCrossing(scored: readonly Span[], limits: Thresholds): Crossing | null {
  for (let end = 1; end <= scored.length; end += 1) {
    const figures = computeFigures(scored.slice(0, end), limits);
    const test = crossedTest(figures);
    const last = scored[end - 1];
    if (test !== null && last) return { n: last.n, test, shared: isShared(test, figures), figures };
  }
  return null;
}

function crossedTest(figures: Figures): Crossing['test'] | null {
  if (figures.lnERelative >= LN_E_FAIL) return 'relative';
  if (figures.lnEErrors >= LN_E_FAIL) return 'errors';
  if (figures.lnESlow >= LN_E_FAIL) return 'slow';
  return null;
}

function isShared(test: Crossing['test'], figures: Figures): boolean {
  switch (test) {
    case 'errors':
      return figures.lnEControlErrors >= LN_E_FAIL && figures.lnERelative <= LN_E_SUSPICION;
    case 'slow':
      return figures.lnEControlSlow >= LN_E_FAIL && figures.lnERelativeSlow <= LN_E_SUSPICION;
    case 'relative':
      return false;
  }
}

/** Upper 95 % bound of canary error rate over control error rate; Infinity when the control shows no error to compare with. */
export function ratioUpperBound(figures: Figures): number {
  const { canary, control } = figures;
  const share = upperBound(canary.errors, canary.errors + control.errors);
  if (share >= 1 || canary.total === 0) return Number.POSITIVE_INFINITY;
  return (share / (1 - share)) * (control.total / canary.total);
}
