import { expect, it } from 'vitest';
import { countedForBound, describeRate, wilson } from '../../../src/policy/wilson.ts';

it.each([
  // Published values of the Wilson interval without continuity correction (Newcombe 1998, table I).
  [81, 263, 0.308, 0.2553, 0.3662],
  [15, 148, 0.1014, 0.0624, 0.1605],
  [0, 20, 0, 0, 0.1611],
  [1, 29, 0.0345, 0.0061, 0.1718],
])('of %d in %d is %d, between %d and %d', (count, of, rate, low, high) => {
  const found = wilson(count, of);
  expect(found.rate).toBeCloseTo(rate, 3);
  expect(found.low).toBeCloseTo(low, 4);
  expect(found.high).toBeCloseTo(high, 4);
});

it('says nothing where nothing was counted', () => {
  expect(wilson(0, 0)).toEqual({ count: 0, of: 0, rate: null, low: 0, high: 1 });
  expect(describeRate(wilson(0, 0))).toBe('nothing counted');
  expect(describeRate(wilson(1, 8))).toBe('12.5 % (1 of 8; 2.2–47.1 %)');
});

it('knows how many without a miss bound the misses', () => {
  const needed = countedForBound(0.1);
  expect(wilson(0, needed).high).toBeLessThanOrEqual(0.1);
  expect(wilson(0, needed - 1).high).toBeGreaterThan(0.1);
});
