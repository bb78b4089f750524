import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { groupValues, mannWhitney } from '../../../src/delivery/judge/mann-whitney.ts';
import { normalTail } from '../../../src/delivery/judge/normal-tail.ts';

const Value = z.union([
  z.number(),
  z.enum(['Infinity', '-Infinity']).transform((text) => (text === 'Infinity' ? Infinity : -Infinity)),
]);
const Vectors = z.object({
  vectors: z.array(
    z.object({
      id: z.string(),
      x: z.array(Value),
      y: z.array(Value),
      alternative: z.enum(['two-sided', 'greater', 'less']),
      method: z.enum(['exact', 'asymptotic']),
      continuity: z.boolean().nullable(),
      U1: z.number(),
      cles: z.number(),
      recomputed: z.object({ p: z.number() }),
    }),
  ),
  exactCdfTables: z.object({
    tables: z.array(z.object({ n: z.int(), m: z.int(), cdf_at_U_0_1_2: z.array(z.number()), tolerance: z.number() })),
  }),
  derived: z.array(
    z.object({
      id: z.string(),
      x: z.array(Value),
      y: z.array(Value),
      U1: z.number(),
      p_two_sided_asymptotic: z.number(),
      p_two_sided_asymptotic_nocc: z.number(),
      cles: z.number(),
    }),
  ),
});
type Case = z.infer<typeof Vectors>['vectors'][number];

const NINE = [3, 6, 7, 8, Infinity, 3, 2, 1, 4, 4, 5];
/** Published in R and scipy's tests, for a checkout without the vectors. */
const PUBLISHED: readonly Case[] = [
  row([1, 2, 3, 4], [1, 2, 3, 4, 5], 'two-sided', 'asymptotic', 8, 0.7086240584439),
  row([1, 2, 3, 4], NINE, 'two-sided', 'asymptotic', 10, 0.12977048734769622),
  row([1, 2, 3, 4, 5], [6, 7, 8, 9], 'two-sided', 'exact', 0, 0.015873015873015872),
  row([1070, 1080, 1060, 1075, 1065], [1000, 1005, 995, 1010, 990], 'two-sided', 'exact', 25, 0.007936507936507936),
];

function row(
  x: number[],
  y: number[],
  alternative: Case['alternative'],
  method: Case['method'],
  u1: number,
  p: number,
): Case {
  const cles = u1 / (x.length * y.length);
  return { id: `published U=${u1}`, x, y, alternative, method, continuity: true, U1: u1, cles, recomputed: { p } };
}

const path = new URL('../../../../shared/vectors/mannwhitney-vectors.json', import.meta.url);
const all = existsSync(path) ? Vectors.parse(JSON.parse(readFileSync(path, 'utf8'))) : null;

describe('mannWhitney equals figures computed elsewhere', () => {
  it('all published U, p and effect sizes, to 1e-11', () => {
    expect([undefined, 69]).toContain(all?.vectors.length);
    for (const { id, x, y, alternative, method, continuity, U1, cles, recomputed } of [
      ...PUBLISHED,
      ...(all?.vectors ?? []),
    ]) {
      const test = mannWhitney(groupValues(x, y), { alternative, method, continuity: continuity ?? true });
      expect(test.u1, id).toBe(U1);
      expect(test.u1 + test.u2, id).toBe(x.length * y.length);
      expect(test.cles, id).toBeCloseTo(cles, 12);
      expect(Math.abs(test.p - recomputed.p), id).toBeLessThanOrEqual(1e-11);
    }
  });

  it('the cases derived from a peer’s own data, with and without continuity', () => {
    expect([undefined, 13]).toContain(all?.derived.length);
    for (const { id, x, y, U1, cles, ...p } of all?.derived ?? []) {
      const of = (continuity: boolean) =>
        mannWhitney(groupValues(x, y), { alternative: 'two-sided', method: 'asymptotic', continuity });
      expect(of(true).u1, id).toBe(U1);
      expect(of(true).cles, id).toBeCloseTo(cles, 12);
      expect(Math.abs(of(true).p - p.p_two_sided_asymptotic), id).toBeLessThanOrEqual(1e-11);
      expect(Math.abs(of(false).p - p.p_two_sided_asymptotic_nocc), id).toBeLessThanOrEqual(1e-11);
    }
  });

  it('the tables of 1947', () => {
    const four = { n: 4, m: 3, cdf_at_U_0_1_2: [0.028, 0.057, 0.114, 0.2, 0.314, 0.429, 0.571], tolerance: 0.001 };
    for (const { n, m, cdf_at_U_0_1_2, tolerance } of [four, ...(all?.exactCdfTables.tables ?? [])])
      for (const [u, cdf] of cdf_at_U_0_1_2.entries())
        expect(Math.abs(chanceOfAtMost(u, n, m) - cdf), `P(U ≤ ${u}), ${n} and ${m}`).toBeLessThanOrEqual(tolerance);
  });
});

/** An order of n and m values with exactly this U: the first of y lies below as many of x as are still wanted. */
function chanceOfAtMost(u: number, n: number, m: number): number {
  const y: number[] = [];
  let left = u;
  for (let i = 0; i < m; i += 1) {
    const below = Math.min(n, left);
    left -= below;
    y.push(n - below + 0.5 + i / 100);
  }
  const x = Array.from({ length: n }, (_, i) => i + 1);
  return mannWhitney(groupValues(x, y), { alternative: 'less', method: 'exact' }).p;
}

it('counts the same from a histogram as from its values', () => {
  const counts = fc.array(fc.record({ x: fc.nat(9), y: fc.nat(9) }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(counts, (buckets) => {
      const groups = [{ x: 1, y: 1 }, ...buckets];
      const values = (arm: 'x' | 'y') =>
        groups.flatMap((group, value) => Array.from({ length: group[arm] }, () => value));
      const options = { alternative: 'greater', method: 'asymptotic' } as const;
      expect(mannWhitney(groups, options)).toEqual(mannWhitney(groupValues(values('x'), values('y')), options));
    }),
  );
});

it('refuses an empty sample, and ties where orders are counted', () => {
  const options = { alternative: 'two-sided', method: 'exact' } as const;
  expect(() => mannWhitney(groupValues([], [1]), options)).toThrow('both samples need at least one value');
  expect(() => mannWhitney(groupValues([1], [1]), options)).toThrow('knows no ties');
});

it('says nothing where all values are equal', () => {
  const options = { alternative: 'greater', method: 'asymptotic' } as const;
  expect(mannWhitney(groupValues([7, 7, 7], [7, 7]), options)).toMatchObject({ p: 1, cles: 0.5 });
});

it('knows the normal distribution on both sides and far out', () => {
  expect(normalTail(0)).toBe(0.5);
  expect(normalTail(1.959963984540054)).toBeCloseTo(0.025, 15);
  expect(normalTail(-1.959963984540054)).toBeCloseTo(0.975, 15);
  expect(normalTail(10) / 7.619853024160527e-24).toBeCloseTo(1, 10);
  expect(normalTail(60)).toBe(0);
});
