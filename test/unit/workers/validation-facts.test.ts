import { describe, expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import { judgeStaging, StagingMeasurement } from '../../../src/delivery/compare-staging.ts';
import { validationFacts } from '../../../src/workers/staging/validation-facts.ts';

function settingsWith(over: object) {
  const service = {
    repository: 'x',
    repo: 'o/r',
    staging: { duration_s: 40, load: { rate_rps: 20 }, regression: { compare: 'off' }, ...over },
    delivery: { kind: 'local', command: ['node', 'x'] },
  };
  const { shop } = SlipwayFile.parse({ services: { shop: service } }).services;
  if (shop === undefined) throw new Error('no service');
  return shop.staging;
}

function seen(p99_ms: number, baseline: object | null): StagingMeasurement {
  return StagingMeasurement.parse({
    health: { up: true, detail: 'healthy' },
    smoke: [{ name: 'GET /healthz', passed: true, detail: 'answered 200', status: 200, latency_ms: 1 }],
    measured: { requests: 800, errors: 0, error_rate: 0, p50_ms: 2, p95_ms: 4, p99_ms },
    baseline,
  });
}

const past = {
  service: 'shop',
  window_from: '2026-11-22T10:00:00.000Z',
  window_to: '2026-11-23T10:00:00.000Z',
  requests: 3_000,
  error_rate: 0.001,
  p50_ms: 2,
  p95_ms: 5,
  p99_ms: 10,
};

describe('the limits that the validation agent is told', () => {
  const cases = [
    ['production’s past, with what is allowed beside it', { max_p99_over_baseline: 1.5, p99_slack_ms: 50 }, past, 65],
    ['without a past the budget, and not the slack alone', { p99_slack_ms: 50, p99_budget_ms: 400 }, null, 400],
    ['without a p99 in that past the budget', { p99_budget_ms: 400 }, { ...past, p99_ms: null }, 400],
  ] as const;
  it.each(cases)('are %s', (_name, over, baseline, limitMs) => {
    const settings = settingsWith(over);
    expect(validationFacts('shop', settings, seen(5, baseline)).limits).toEqual({
      max_error_rate: settings.max_error_rate,
      max_p99_ms: limitMs,
    });
    // And they are the gates’: what just keeps them passes, what just does not is refused.
    expect(judgeStaging(seen(limitMs, baseline), settings).pass).toBe(true);
    expect(judgeStaging(seen(limitMs + 0.1, baseline), settings).reasons.map(({ code }) => code)).toEqual([
      'latency_regression',
    ]);
  });

  it('are never made up: what no gate can have let through is not asked about', () => {
    expect(() => validationFacts('shop', settingsWith({}), seen(5, null))).toThrow('measured nothing to compare with');
    const thin = seen(5, { ...past, requests: 1 });
    expect(() => validationFacts('shop', settingsWith({ p99_budget_ms: 400 }), thin)).toThrow('rests on 1 requests');
  });
});
