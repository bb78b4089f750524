import { describe, expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import { type StagingSettings } from '../../../src/config/staging-schema.ts';
import type { BlockComparison } from '../../../src/delivery/compare-blocks.decide.ts';
import { judgeStaging, StagingMeasurement } from '../../../src/delivery/compare-staging.ts';

const file = SlipwayFile.parse({
  services: {
    shop: {
      repository: 'x',
      repo: 'o/r',
      staging: { duration_s: 40, load: { rate_rps: 20 } },
      delivery: { kind: 'local', command: ['node', 'x'] },
    },
  },
});
const settings = file.services['shop']?.staging as StagingSettings;

const level = {
  blocks: 10,
  alpha: 0.01,
  latency_ratio: 1.25,
  slack_ms: 5,
  latency: [
    { figure: 'p50_ms', head: 2, base: 2, ratio: 1, p: 1, worse: false },
    { figure: 'p95_ms', head: 4, base: 4, ratio: 1, p: 1, worse: false },
  ],
  errors: { head: 0, head_requests: 400, base: 0, base_requests: 400, tolerance: 1.25, p: 1, worse: false },
  series: [],
} satisfies BlockComparison;

function seen(change: Partial<StagingMeasurement> = {}): StagingMeasurement {
  return StagingMeasurement.parse({
    health: { up: true, detail: 'healthy' },
    smoke: [{ name: 'GET /healthz', passed: true, detail: 'answered 200', status: 200, latency_ms: 1 }],
    measured: { requests: 400, errors: 0, error_rate: 0, p50_ms: 2, p95_ms: 4, p99_ms: 9 },
    base: {
      health: { up: true, detail: 'up' },
      measured: { requests: 400, errors: 0, error_rate: 0, p50_ms: 2, p95_ms: 4, p99_ms: 9 },
    },
    comparison: level,
    baseline: {
      service: 'shop',
      window_from: '2026-11-22T10:00:00.000Z',
      window_to: '2026-11-23T10:00:00.000Z',
      requests: 300,
      error_rate: 0.001,
      p50_ms: 2,
      p95_ms: 5,
      p99_ms: 10,
    },
    ...change,
  });
}

const measured = { requests: 400, errors: 0, error_rate: 0, p50_ms: 2, p95_ms: 4, p99_ms: 9 };
const baseline = seen().baseline;

describe('judgeStaging', () => {
  it('passes what is healthy, complete and within budget', () => {
    expect(judgeStaging(seen(), settings)).toEqual({ pass: true, reasons: [], asks: [] });
  });

  it('takes the budget where the source keeps no baseline, and only there', () => {
    const budget = { ...settings, p99_budget_ms: 8 };
    expect(judgeStaging(seen({ baseline: null }), { ...settings, p99_budget_ms: 9 }).pass).toBe(true);
    expect(judgeStaging(seen({ baseline: null }), budget).reasons).toEqual([
      { code: 'latency_regression', text: 'p99 is 9.0 ms, limit 8.0 ms (p99_budget_ms)' },
    ]);
    expect(judgeStaging(seen(), budget).pass).toBe(true);
  });

  it('blocks what is worse than its base, with the numbers of both', () => {
    const p50 = { figure: 'p50_ms', head: 61, base: 40, ratio: 1.52, p: 0.00097, worse: true } as const;
    const errors = { ...level.errors, head: 40, worse: true, p: 0.00001 };
    const verdict = judgeStaging(seen({ comparison: { ...level, latency: [p50], errors } }), settings);
    expect(verdict.reasons).toEqual([
      {
        code: 'regression',
        text: 'p50 is 61 ms against 40 ms of the base (× 1.52), limit × 1.25 + 5 ms, p = 0.00097 over 10 blocks',
      },
      {
        code: 'error_regression',
        text: '40 of 400 requests failed against 0 of 400 of the base, tolerance × 1.25, p = 0.000010',
      },
    ]);
  });

  it('compares with nothing only where that was declared', () => {
    expect(judgeStaging(seen({ comparison: null }), settings).reasons).toEqual([
      { code: 'not_compared', text: 'the merge was not compared with its base over 10 blocks' },
    ]);
    const off = { ...settings, duration_s: 20, regression: { ...settings.regression, compare: 'off' as const } };
    expect(judgeStaging(seen({ comparison: null, base: null }), off).pass).toBe(true);
  });

  const brokenBase = { health: { up: false, detail: 'ended with code 1' }, measured: null };

  it('leaves a merge that starts where its base does not to a person, and holds it to all that needs no base', () => {
    const alone = { base: brokenBase, comparison: null, measured: { ...measured, requests: 800 } };
    const verdict = judgeStaging(seen(alone), settings);
    expect(verdict).toMatchObject({ pass: true, reasons: [], asks: [{ code: 'base_unhealthy' }] });
    expect(verdict.asks[0]?.text).toContain('(ended with code 1) and this merge does: it mends the branch');
    const slow = { ...alone, measured: { ...measured, requests: 800, p99_ms: 900 } };
    expect(judgeStaging(seen(slow), settings)).toMatchObject({
      pass: false,
      reasons: [{ code: 'latency_regression' }],
    });
    const cut = { ...alone, measured: { ...measured, requests: 799 } };
    expect(judgeStaging(seen(cut), settings)).toMatchObject({ pass: false, reasons: [{ code: 'too_few_requests' }] });
  });

  it('says that the branch is broken where neither it nor the merge starts, and what to do', () => {
    const health = { up: false, detail: 'ended with code 3' };
    const { pass, reasons } = judgeStaging(
      seen({ health, base: brokenBase, measured: null, comparison: null }),
      settings,
    );
    expect([pass, reasons.map(({ code }) => code)]).toEqual([false, ['base_unhealthy']]);
    expect(reasons[0]?.text).toContain(
      '(ended with code 1), nor does this merge (ended with code 3): mend the branch first',
    );
    const own = judgeStaging(seen({ health, measured: null }), settings);
    expect(own.reasons).toMatchObject([{ code: 'unhealthy' }]);
  });

  it('asks about the contracts that fail, and not about what their base fails as well', () => {
    const result = (name: string, passed: boolean) => ({ name, passed, detail: '502', status: null, latency_ms: null });
    const declared = { ...settings, contracts: [{ name: 'billing' } as never] };
    const head = [result('billing: pays', false), result('billing: refunds', false), result('billing', false)];
    const failed = (base: typeof head | null) =>
      judgeStaging(seen({ contracts: [{ name: 'billing', head, base }] }), declared).asks;
    expect(failed(null).map(({ text }) => text)).toEqual([
      'contract billing: pays: 502',
      'contract billing: refunds: 502',
    ]);
    const known = failed([result('billing: pays', false), result('billing', false)]);
    expect(known).toEqual([{ code: 'contract_failed', text: 'contract billing: refunds: 502' }]);
    expect(failed(head)).toEqual([]);
    const whole = { name: 'billing', head: [result('billing', false)], base: [result('billing', true)] };
    expect(judgeStaging(seen({ contracts: [whole] }), declared)).toMatchObject({
      pass: true,
      asks: [{ code: 'contract_failed' }],
    });
    expect(judgeStaging(seen(), declared).asks).toEqual([
      { code: 'contract_failed', text: 'only 0 of 1 contracts were run' },
    ]);
  });

  const cases: readonly (readonly [string, Partial<StagingMeasurement>, string, string])[] = [
    ['never healthy', { health: { up: false, detail: 'ended with code 1' } }, 'unhealthy', 'ended with code 1'],
    [
      'a failed smoke check',
      { smoke: [{ name: 'GET /', passed: false, detail: 'answered 500, wanted 200', status: 500, latency_ms: 1 }] },
      'smoke_failed',
      'GET /: answered 500',
    ],
    ['no smoke check run', { smoke: [] }, 'smoke_failed', '0 of 1'],
    ['nothing measured', { measured: null }, 'not_measured', 'was not measured'],
    ['too few requests', { measured: { ...measured, requests: 399 } }, 'too_few_requests', '399 of 400'],
    ['errors', { measured: { ...measured, errors: 3, error_rate: 0.0075 } }, 'error_rate', '3 of 400'],
    ['no baseline', { baseline: null }, 'no_baseline', 'nothing to compare with'],
    [
      'a baseline without latency',
      { baseline: baseline && { ...baseline, p99_ms: null } },
      'no_baseline',
      'nothing to compare with',
    ],
    [
      'a thin baseline',
      { baseline: baseline && { ...baseline, requests: 299 } },
      'thin_baseline',
      '299 requests, 300 are needed',
    ],
    ['slower than the budget', { measured: { ...measured, p99_ms: 65.1 } }, 'latency_regression', 'limit 65.0 ms'],
    [
      'no answer at all',
      { measured: { ...measured, p50_ms: null, p95_ms: null, p99_ms: null } },
      'latency_regression',
      'no request was answered',
    ],
  ];
  it.each(cases)('blocks %s', (_name, change, code, text) => {
    const verdict = judgeStaging(seen(change), settings);
    expect(verdict.pass).toBe(false);
    expect(verdict.reasons.map((reason) => reason.code)).toEqual([code]);
    expect(verdict.reasons[0]?.text).toContain(text);
  });

  it('lets latency on the limit and errors on the limit stand', () => {
    expect(
      judgeStaging(seen({ measured: { ...measured, errors: 2, error_rate: 0.005, p99_ms: 65 } }), settings).pass,
    ).toBe(true);
  });

  it('gives every reason', () => {
    const verdict = judgeStaging(
      seen({ smoke: [], measured: { ...measured, errors: 9, p99_ms: 99 }, baseline: null }),
      settings,
    );
    expect(verdict.reasons.map((reason) => reason.code)).toEqual(['smoke_failed', 'error_rate', 'no_baseline']);
  });
});
