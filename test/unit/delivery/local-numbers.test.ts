import { describe, expect, it } from 'vitest';
import { computePercentile, findBucket, makeEdges } from '../../../src/delivery/histogram.ts';
import { makeVersionCounters } from '../../../src/delivery/local/arm-counters.ts';
import { makeBaselineHistory } from '../../../src/delivery/local/baseline-history.ts';
import { makeWeightedChoice } from '../../../src/delivery/local/weighted-choice.ts';
import { pickPath } from '../../../src/demo/traffic.ts';

describe('the weighted choice', () => {
  const countOf = (pct: number, requests: number, start: number): number => {
    const choose = makeWeightedChoice(start);
    let hits = 0;
    for (let n = 0; n < requests; n += 1) if (choose(pct)) hits += 1;
    return hits;
  };

  it('is tight from wherever it starts', () => {
    for (let start = 0; start < 1; start += 0.01) {
      expect(Math.abs(countOf(5, 2_000, start) - 100)).toBeLessThanOrEqual(2);
      expect(Math.abs(countOf(5, 200, start) - 10)).toBeLessThanOrEqual(2);
      expect(Math.abs(countOf(33, 1_000, start) - 330)).toBeLessThanOrEqual(4);
    }
  });

  it('gives nothing at 0 and all at 100', () => {
    expect(countOf(0, 1_000, 0)).toBe(0);
    expect(countOf(100, 1_000, 0)).toBe(1_000);
  });

  it('does not fall in step with a client that sends its paths in turn', () => {
    const choose = makeWeightedChoice();
    const seen = new Set<number>();
    for (let n = 0; n < 4_000; n += 1) if (choose(5)) seen.add(n % 20);
    expect(seen.size).toBe(20);
  });

  it('gives the canary of the demo the same mix of paths as production', () => {
    const choose = makeWeightedChoice();
    const mix = { canary: { items: 0, all: 0 }, control: { items: 0, all: 0 } };
    for (let n = 1; n <= 20_000; n += 1) {
      const arm = choose(5) ? mix.canary : mix.control;
      arm.all += 1;
      if (pickPath(n).startsWith('/items/')) arm.items += 1;
    }
    expect(mix.control.items / mix.control.all).toBeCloseTo(0.6, 1);
    expect(mix.canary.items / mix.canary.all).toBeCloseTo(0.6, 1);
  });
});

describe('the histogram', () => {
  it('has an edge exactly at the threshold', () => {
    expect(makeEdges(800)).toContain(800);
    expect(makeEdges(500).filter((edge) => edge === 500)).toHaveLength(1);
    expect(makeEdges(0.5)[0]).toBe(0.5);
  });

  it('puts a value on an edge below it', () => {
    const edges = [10, 80, 100];
    expect([5, 10, 10.01, 80, 80.01, 100, 101].map((value) => findBucket(edges, value))).toEqual([0, 0, 1, 1, 2, 2, 3]);
  });

  it('interpolates inside a bucket', () => {
    // 100 values: 50 up to 10, 40 up to 20, 10 above 20.
    expect(computePercentile([10, 20], [50, 40, 10], 0.25)).toBe(5);
    expect(computePercentile([10, 20], [50, 40, 10], 0.7)).toBe(15);
    expect(computePercentile([10, 20], [50, 40, 10], 0.99)).toBe(20);
    expect(computePercentile([10, 20], [0, 0, 0], 0.99)).toBeNull();
  });

  it('counts cumulatively and slow exactly above the threshold', () => {
    const counters = makeVersionCounters([10, 80], 80, new Date('2026-11-23T10:00:00.000Z'));
    for (const latencyMs of [1, 80, 80.5]) counters.observe({ latencyMs, error: false });
    counters.observe({ latencyMs: 200, error: true, kind: 'answered with 503' });
    expect(counters.read('v', true)).toEqual({
      version: 'v',
      since: '2026-11-23T10:00:00.000Z',
      total: 4,
      errors: 1,
      slow: 2,
      slow_above_ms: 80,
      histogram: [
        { le_ms: 10, count: 1 },
        { le_ms: 80, count: 2 },
        { le_ms: null, count: 4 },
      ],
      up: true,
      error_kinds: [{ kind: 'answered with 503', count: 1 }],
    });
  });
});

describe('the baseline', () => {
  const edges = [10, 100];
  const start = Date.parse('2026-11-23T10:00:00.500Z');
  const DAY = 86_400_000;
  const ALL = { window_days: 30, hours: 'all' } as const;

  it('is null without traffic and names its window with it', () => {
    const history = makeBaselineHistory(edges, null);
    expect(history.read('shop', start, ALL)).toBeNull();
    history.observe({ latencyMs: 5, error: false }, start);
    history.observe({ latencyMs: 50, error: true }, start + 1_200_000);
    expect(history.read('shop', start + 1_200_000, ALL)).toMatchObject({
      service: 'shop',
      window_from: '2026-11-23T10:00:00.000Z',
      window_to: '2026-11-23T10:20:01.000Z',
      requests: 2,
      error_rate: 0.5,
      p50_ms: 10,
    });
  });

  it('is of the hours of the week that is on, when that is asked for, and says how many days there were', () => {
    const history = makeBaselineHistory(edges, null);
    const WEEK = 7 * DAY;
    for (const [at, latencyMs] of [
      [start - 2 * WEEK, 50],
      [start - WEEK, 50],
      [start - WEEK + 3_600_000, 5],
      [start - DAY, 5],
      [start, 5],
    ] as const)
      history.observe({ latencyMs, error: false }, at);
    const alike = history.read('shop', start + 60_000, { window_days: 30, hours: 'same_hour_of_week' });
    expect(alike).toMatchObject({
      requests: 2,
      p50_ms: 55,
      days: 4,
      hour_of_week: Math.floor(start / 3_600_000) % 168,
    });
    expect(history.read('shop', start + 60_000, ALL)).toMatchObject({ requests: 5, days: 4, hour_of_week: null });
    expect(history.read('shop', start + 60_000, { window_days: 1.5, hours: 'all' })).toMatchObject({ requests: 2 });
  });

  it('forgets what is older than 30 days', () => {
    const history = makeBaselineHistory(edges, null);
    history.observe({ latencyMs: 5, error: true }, start);
    history.observe({ latencyMs: 5, error: false }, start + 20 * DAY);
    expect(history.read('shop', start + 20 * DAY, ALL)?.requests).toBe(2);
    expect(history.read('shop', start + 31 * DAY, ALL)).toMatchObject({ requests: 1, error_rate: 0 });
    history.observe({ latencyMs: 5, error: false }, start + 31 * DAY);
    expect(history.store().slices).toHaveLength(2);
  });

  it('goes on from what was stored, unless the edges changed', () => {
    const history = makeBaselineHistory(edges, null);
    history.observe({ latencyMs: 5, error: false }, start);
    const stored = history.store();
    expect(makeBaselineHistory(edges, stored).read('shop', start, ALL)?.requests).toBe(1);
    expect(makeBaselineHistory([10, 200], stored).read('shop', start, ALL)).toBeNull();
  });
});
