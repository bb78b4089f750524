import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlipwayFile, type Tier } from '../../../src/config/schema.ts';
import { CHANGE_CLASSES } from '../../../src/policy/change-class.ts';
import { type LimitSources, resolveLimits } from '../../../src/policy/resolve-limits.ts';
import { makeAuthorRecord } from '../../support/policy-case.ts';

const file = SlipwayFile.parse({});

function resolve(over: Partial<LimitSources> = {}) {
  return resolveLimits({
    thresholds: file.thresholds,
    own: {},
    tier: 'standard',
    classes: [],
    record: makeAuthorRecord(),
    branch: null,
    sections: file,
    ...over,
  });
}

function trace(over: Partial<LimitSources>): string[] {
  return resolve(over).terms.map(({ label, points }) => `${points} ${label}`);
}

describe('the threshold of the risk score', () => {
  it('is the base where nothing speaks against it', () => {
    expect(resolve()).toMatchObject({ limits: file.thresholds, terms: [{ label: 'base', points: 7 }], notes: [] });
  });

  it('is a sum that says what tier and history took', () => {
    const record = makeAuthorRecord({ rolled_back: 2 });
    expect(trace({ tier: 'critical', record })).toEqual(['7 base', '-1 tier critical', '-0.5 2 rollbacks in 30 days']);
    expect(resolve({ tier: 'critical', record }).limits.risk_score_max).toBe(5.5);
  });

  it('takes a service’s own threshold as it is, and not the tier’s adjustment on top', () => {
    expect(trace({ tier: 'critical', own: { risk_score_max: 5 } })).toEqual(['5 base, the service’s own']);
  });

  it('lets history take no more than its limit, rollbacks first', () => {
    const record = makeAuthorRecord({ rolled_back: 3, rejected: 9 });
    expect(trace({ record })).toEqual(['7 base', '-0.75 3 rollbacks in 30 days', '-0.25 9 rejections in 30 days']);
  });

  it('gives a clean record back only what tier and class took', () => {
    const record = makeAuthorRecord({ deployed: 25 });
    expect(trace({ record })).toEqual(['7 base']);
    expect(trace({ record, tier: 'critical' })).toEqual([
      '7 base',
      '-1 tier critical',
      '0.5 25 changes without a rollback in 30 days',
    ]);
  });

  it.each([
    ['somebody unknown had a part in the change', makeAuthorRecord({ deployed: 25, known: false })],
    ['one change was rolled back', makeAuthorRecord({ deployed: 25, rolled_back: 1 })],
    ['there are too few changes', makeAuthorRecord({ deployed: 19 })],
  ])('gives nothing back when %s', (_why, record) => {
    expect(resolve({ record, tier: 'critical' }).terms.filter(({ points }) => points > 0)).toHaveLength(1);
  });

  it('heeds the target branch where it is stricter, and says so where it is not', () => {
    const stricter = resolve({ branch: { thresholds: { risk_score_max: 4 } } });
    expect(stricter.terms.at(-1)).toEqual({ label: 'the target branch asks for 4', points: -3 });
    const looser = resolve({ tier: 'critical', branch: { thresholds: { risk_score_max: 6.5 } } });
    expect(looser.limits.risk_score_max).toBe(6);
    expect(looser.notes).toContain('risk_score_max: the target branch asks for a looser value, which is not taken');
  });

  it('never leaves 0–base, and its terms always add up to it', () => {
    const number = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(
        fc.constantFrom<Tier>('critical', 'standard', 'internal'),
        fc.subarray([...CHANGE_CLASSES]),
        fc.record({ deployed: number(60), rolled_back: number(9), rejected: number(30), known: fc.boolean() }),
        fc.option(fc.integer({ min: 0, max: 700 }), { nil: undefined }),
        number(700),
        (tier, classes, record, asked, base) => {
          const { limits, terms } = resolve({
            thresholds: { ...file.thresholds, risk_score_max: base / 100 },
            tier,
            classes,
            record: makeAuthorRecord(record),
            branch: asked === undefined ? null : { thresholds: { risk_score_max: asked / 100 } },
          });
          expect(limits.risk_score_max).toBeGreaterThanOrEqual(0);
          expect(limits.risk_score_max).toBeLessThanOrEqual(base / 100);
          if (asked !== undefined) expect(limits.risk_score_max).toBeLessThanOrEqual(asked / 100);
          expect(terms.reduce((sum, { points }) => sum + Math.round(points * 100), 0)).toBe(
            Math.round(limits.risk_score_max * 100),
          );
        },
      ),
    );
  });
});

describe('the limits of the canary', () => {
  it('are watched more closely for code whose speed matters', () => {
    const { limits, notes } = resolve({ classes: ['performance_critical'] });
    expect(limits).toMatchObject({
      slow_share_threshold: 0.005,
      relative_tolerance: 1.125,
      canary_min_requests: 1200,
      canary_tick_s: 5,
    });
    expect(notes).toContain('slow_share_threshold 0.005: class performance_critical');
  });

  it('are watched more closely in a critical service, but for what the service names itself', () => {
    const { limits, notes } = resolve({ tier: 'critical' });
    expect(limits.canary_tick_s).toBe(5);
    expect(notes).toEqual(['canary_tick_s 5: tier critical']);
    expect(resolve({ tier: 'critical', own: { canary_tick_s: 8 } }).limits.canary_tick_s).toBe(8);
  });

  it('take all factors of a tier: shares, durations, bounds', () => {
    const tiers = SlipwayFile.parse({
      tiers: {
        critical: {
          canary: {
            traffic_factor: 0.5,
            duration_factor: 2,
            min_requests_factor: 2,
            error_rate_factor: 0.5,
            slow_share_factor: 0.5,
            p99_latency_factor: 0.5,
            tolerance_factor: 0.4,
          },
        },
      },
    }).tiers;
    const thresholds = { ...file.thresholds, canary_step_up_max_pct: 20 };
    expect(resolve({ tier: 'critical', thresholds, sections: { ...file, tiers } }).limits).toMatchObject({
      canary_traffic_initial_pct: 2.5,
      canary_step_up_max_pct: 10,
      canary_monitoring_duration_min: 20,
      canary_min_requests: 1200,
      error_rate_threshold: 0.0025,
      slow_share_threshold: 0.005,
      p99_latency_threshold_ms: 400,
      relative_tolerance: 1.1,
    });
  });

  it('start smaller for a new outside service', () => {
    expect(resolve({ classes: ['third_party_integration'] }).limits.canary_traffic_initial_pct).toBe(2.5);
  });

  it('take the strictest of several classes', () => {
    const { limits } = resolve({ classes: ['third_party_integration', 'performance_critical'] });
    expect(limits).toMatchObject({ canary_traffic_initial_pct: 2.5, canary_min_requests: 1200, canary_tick_s: 5 });
  });

  it('can be tightened by the target branch and not loosened', () => {
    const { limits, notes } = resolve({ branch: { thresholds: { error_rate_threshold: 0.001, canary_tick_s: 60 } } });
    expect(limits).toMatchObject({ error_rate_threshold: 0.001, canary_tick_s: 10 });
    expect(notes).toEqual([
      'error_rate_threshold 0.001: the target branch asks for it',
      'canary_tick_s: the target branch asks for a looser value, which is not taken',
    ]);
  });
});
