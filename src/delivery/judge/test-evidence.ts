import type { Thresholds } from '../../config/schema.ts';
import { upperBound } from './binomial.ts';
import {
  ERROR_MULTIPLIERS,
  LN_E_FAIL,
  LN_E_SUSPICION,
  lnEShare,
  makeRatioTest,
  SLOW_MULTIPLIERS,
} from './e-process.ts';
import { addCounts, type Counts, pairCounts, type Span } from './evidence.ts';

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

type TestLimits = Pick<Thresholds, 'error_rate_threshold' | 'slow_share_threshold' | 'relative_tolerance'>;

export function computeFigures(scored: readonly Span[], limits: TestLimits): Figures {
  const sums = makeSums(limits);
  for (const span of scored) sums.add(span);
  return sums.figures();
}

/** Grows span by span: a canary of hours is judged at each tick, so each span may be added up only once. */
function makeSums({ error_rate_threshold, slow_share_threshold, relative_tolerance }: TestLimits) {
  let canary: Counts = { total: 0, errors: 0, slow: 0 };
  let control: Counts = canary;
  const errors = makeRatioTest(relative_tolerance);
  const slow = makeRatioTest(relative_tolerance);
  const lnEErrors = (arm: Counts) => lnEShare(arm.errors, arm.total, error_rate_threshold, ERROR_MULTIPLIERS);
  const lnESlow = (arm: Counts) => lnEShare(arm.slow, arm.total, slow_share_threshold, SLOW_MULTIPLIERS);
  return {
    add(span: Span): void {
      canary = addCounts(canary, span.canary);
      control = addCounts(control, span.control);
      errors.add(pairCounts(span, 'errors'));
      slow.add(pairCounts(span, 'slow'));
    },
    figures: (): Figures => ({
      canary,
      control,
      lnEErrors: lnEErrors(canary),
      lnESlow: lnESlow(canary),
      lnERelative: errors.lnE(),
      lnEControlErrors: lnEErrors(control),
      lnEControlSlow: lnESlow(control),
      lnERelativeSlow: slow.lnE(),
    }),
  };
}

/**
 * The first tick at which a test found a regression. Looking back is sound: the tests hold for the highest value ever
 * reached, so a verdict judged late, after a crash, is the verdict that was due.
 */
export function findCrossing(scored: readonly Span[], limits: TestLimits): Crossing | null {
  const sums = makeSums(limits);
  for (const span of scored) {
    sums.add(span);
    const figures = sums.figures();
    const test = crossedTest(figures);
    if (test !== null) return { n: span.n, test, shared: isShared(test, figures), figures };
  }
  return null;
}

/** A test that has found nothing, and still says too much for the canary to be given more traffic. */
export function isSuspicious(figures: Figures): boolean {
  return [figures.lnEErrors, figures.lnESlow, figures.lnERelative].some((lnE) => lnE > LN_E_SUSPICION);
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
