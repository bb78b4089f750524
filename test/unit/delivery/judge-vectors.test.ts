import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lowerBound, lowerTail, upperBound, upperTail } from '../../../src/delivery/judge/binomial.ts';
import {
  ERROR_MULTIPLIERS,
  lnEShare,
  makeRatioTest,
  type PairedCounts,
  SLOW_MULTIPLIERS,
} from '../../../src/delivery/judge/e-process.ts';

const Vectors = z.object({
  binomial: z.array(
    z.object({
      n: z.int(),
      k: z.int(),
      ub95: z.number(),
      lb95: z.number(),
      'lnE_p0_0.005': z.number(),
      'lnE_p0_0.01': z.number(),
    }),
  ),
  twoProportion: z.array(
    z.object({
      canary: z.tuple([z.int(), z.int()]),
      control: z.tuple([z.int(), z.int()]),
      conditionalBinomialGreaterP: z.number(),
    }),
  ),
  zeroEventN: z.record(z.string(), z.number()),
});

/** n, k, upper bound, ln E against 0.005, ln E against 0.01. */
const FIGURES: readonly (readonly [number, number, number, number, number])[] = [
  [60, 0, 0.04870291331009749, -1.1611850836401385, -1.437162061453423],
  [60, 1, 0.07663999493450441, -0.1853653865132867, -0.6688320089221478],
  [60, 50, 0.9066930672947636, 221.2977213703608, 186.82427167528755],
  [100, 3, 0.07571079374983004, 1.7670667194987002, 0.467081006133345],
  [100, 100, 1, 458.4375770571293, 389.2563903937593],
  [299, 0, 0.009969146792899269, -2.374946412124214, -3.2540067254737775],
  [299, 8, 0.047757544300579484, 5.311210971577879, 1.7149809639605522],
  [300, 30, 0.13318849424629184, 60.700608683591085, 41.39994572095911],
  [598, 0, 0.004997058694246506, -3.3751669169751275, -4.927088732552695],
];

/** Errors and requests of canary and control, exact one-sided p given the number of errors. */
const PROPORTIONS: readonly (readonly [number, number, number, number, number])[] = [
  [0, 600, 11, 11_400, 1],
  [3, 600, 11, 11_400, 0.030053642645566633],
  [1, 60, 1, 1_140, 0.0975],
  [5, 60, 1, 1_140, 1.7968750000000005e-6],
  [30, 3_000, 57, 57_000, 1.0857500802636582e-17],
];

const path = new URL('../../../../shared/vectors/canary-decision-vectors.json', import.meta.url);
const all = existsSync(path) ? Vectors.parse(JSON.parse(readFileSync(path, 'utf8'))) : null;

/** To 1e-9 in value, and for tiny ones in proportion too. */
function expectEqual(actual: number, expected: number, what: string): void {
  expect(Math.abs(actual - expected), what).toBeLessThanOrEqual(
    1e-9 * Math.max(1e-12, Math.min(1, Math.abs(expected))),
  );
}

function ratioOf(span: PairedCounts, tolerance: number): number {
  const test = makeRatioTest(tolerance);
  test.add(span);
  return test.lnE();
}

describe('the judge equals figures computed elsewhere', () => {
  it('bounds and evidence to 1e-9', () => {
    const vectors = (all?.binomial ?? []).map((v) => [v.n, v.k, v.ub95, v['lnE_p0_0.005'], v['lnE_p0_0.01']] as const);
    expect([0, 143]).toContain(vectors.length);
    for (const [n, k, ub95, errors, slow] of [...FIGURES, ...vectors]) {
      expectEqual(upperBound(k, n), ub95, `ub95 of ${k}/${n}`);
      expectEqual(lnEShare(k, n, 0.005, ERROR_MULTIPLIERS), errors, `ln E of ${k}/${n} at 0.005`);
      expectEqual(lnEShare(k, n, 0.01, SLOW_MULTIPLIERS), slow, `ln E of ${k}/${n} at 0.01`);
    }
    for (const { n, k, lb95 } of all?.binomial ?? []) expectEqual(lowerBound(k, n), lb95, `lb95 of ${k}/${n}`);
    expectEqual(lowerBound(100, 10_000), 0.008420198936739018, 'lb95 of 100/10000');
  });

  it('the exact test of two shares to 1e-9, in proportion', () => {
    const vectors = (all?.twoProportion ?? []).map(
      (v) => [...v.canary, ...v.control, v.conditionalBinomialGreaterP] as const,
    );
    expect([0, 8]).toContain(vectors.length);
    for (const [k, n, kc, nc, p] of [...PROPORTIONS, ...vectors])
      expectEqual(upperTail(k, k + kc, n / (n + nc)), p, `${k}/${n} against ${kc}/${nc}`);
  });

  it('the fewest requests without an event', () => {
    for (const [of, n] of Object.entries(all?.zeroEventN ?? { 'p<=0.005': 597.6473372217686 })) {
      const share = of.includes('0.005') ? 0.005 : 0.01;
      expectEqual(Math.log(0.05) / Math.log1p(-share), n, of);
      expect(upperBound(0, Math.ceil(n))).toBeLessThanOrEqual(share);
      expect(upperBound(0, Math.floor(n))).toBeGreaterThan(share);
    }
  });

  it('needs 598 clean requests to assert 0.5 % and 299 to assert 1 %', () => {
    expect(upperBound(0, 597)).toBeGreaterThan(0.005);
    expect(upperBound(0, 598)).toBeLessThanOrEqual(0.005);
    expect(upperBound(0, 298)).toBeGreaterThan(0.01);
    expect(upperBound(0, 299)).toBeLessThanOrEqual(0.01);
  });

  it('takes no data as no proof', () => {
    expect(upperBound(0, 0)).toBe(1);
    expect(lnEShare(0, 0, 0.005, ERROR_MULTIPLIERS)).toBeCloseTo(0, 12);
  });

  it('computes exact lower tails', () => {
    // 0.95^20, and 0.5^10 * (1 + 10 + 45).
    expect(lowerTail(0, 20, 0.05)).toBeCloseTo(0.95 ** 20, 12);
    expect(lowerTail(2, 10, 0.5)).toBeCloseTo(56 / 1024, 12);
    expect(lowerTail(10, 10, 0.5)).toBe(1);
    expect(lowerTail(-1, 10, 0.5)).toBe(0);
  });

  it('compares the arms by hand-computed likelihood ratios', () => {
    // One span, 60 against 1140, one error, in the canary: mean over r of (r / 1.25) * (1.25 * 60 + 1140) / (r * 60 + 1140).
    const span = { canaryRequests: 60, canaryEvents: 1, controlRequests: 1140, controlEvents: 0 };
    const ratios = [1.5, 2, 3, 5, 10, 30].map((r) => ((r / 1.25) * 1215) / (r * 60 + 1140));
    expect(ratioOf(span, 1.25)).toBeCloseTo(Math.log(ratios.reduce((a, b) => a + b) / 6), 12);
  });

  it('lets one error in 60 against one in 1140 stand: at low counts that proves nothing', () => {
    const span = { canaryRequests: 60, canaryEvents: 1, controlRequests: 1140, controlEvents: 1 };
    expect(ratioOf(span, 1.25)).toBeLessThan(Math.log(100));
  });

  it('still has alternatives when the tolerance is large', () => {
    const span = { canaryRequests: 100, canaryEvents: 80, controlRequests: 1900, controlEvents: 1 };
    expect(ratioOf(span, 40)).toBeGreaterThan(Math.log(100));
    expect(lnEShare(99, 100, 0.95, ERROR_MULTIPLIERS)).toBeGreaterThan(0);
  });
});
