import { describe, expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import { planCanary } from '../../../src/delivery/judge/plan-canary.ts';

const limits = SlipwayFile.parse({}).thresholds;

describe('planCanary', () => {
  it('knows the fewest requests that prove anything: 598 for errors, 299 for slow ones', () => {
    expect(planCanary({ rps: 20, limits }).requests_needed).toEqual({ errors: 598, slow: 299, configured: 600 });
  });

  it('passes 20 requests/s at 5 % after one window of ten minutes and the warm-up, and never at 2', () => {
    expect(planCanary({ rps: 20, limits })).toMatchObject({ canary_rps: 1, requests_per_window: 600, pass_s: 660 });
    expect(planCanary({ rps: 10, limits }).pass_s).toBe(1_260);
    expect(planCanary({ rps: 2, limits }).pass_s).toBeNull();
  });

  it('takes longer with errors that are allowed, and finds worse faults sooner', () => {
    const plan = planCanary({ rps: 100, limits });
    const passes = [plan.pass_s, ...plan.pass_s_with_errors.map(({ pass_s }) => pass_s)].map((s) => s ?? Infinity);
    expect(passes).toEqual(passes.toSorted((a, b) => a - b));
    for (const kind of ['errors_s', 'slow_s'] as const) {
      const times = plan.detect.map((row) => row[kind] ?? Infinity);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }
    expect(plan.detect.find(({ rate }) => rate === 0.01)?.slow_s).toBeNull();
  });
});
