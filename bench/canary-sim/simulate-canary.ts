import { SlipwayFile, type Thresholds } from '../../src/config/schema.ts';
import { judgeCanary } from '../../src/delivery/judge/judge-canary.ts';
import { TickSample } from '../../src/delivery/judge/tick-sample.ts';
import type { ArmCounters } from '../../src/delivery/metric-source.ts';
import { makeRandom, type Random } from '../../test/chaos/random.ts';

/** One world: how much traffic, and what share of each arm's requests fails or is slow. */
export interface Scenario {
  /** Requests per second of the whole service. */
  readonly rps: number;
  readonly canaryErrors: number;
  readonly controlErrors: number;
  readonly canarySlow: number;
  readonly controlSlow: number;
}

export interface SimulatedCanary {
  readonly verdict: 'PASS' | 'FAIL' | 'INCONCLUSIVE';
  /** Seconds from the end of warm-up, which is when the fault begins, to the verdict. */
  readonly seconds: number;
  readonly requests: number;
  /** What naive rules would have done after the first window. */
  readonly naive: {
    readonly rolledBackByErrors: boolean;
    readonly rolledBackByP99: boolean;
    readonly averageFine: boolean;
  };
}

const START = Date.parse('2026-01-01T00:00:00.000Z');

export const LIMITS: Thresholds = SlipwayFile.parse({
  thresholds: { canary_warm_up_s: 0, canary_hold_min: 0 },
}).thresholds;

/**
 * One canary of the scenario, judged by the product's judge at the end of each window. Its FAIL looks back to the first
 * crossing of a test, so this finds what judging at each tick finds (`test/unit/bench/simulate-canary.test.ts`).
 */
export function simulateCanary(scenario: Scenario, seed: number, limits: Thresholds = LIMITS): SimulatedCanary {
  const ticks = drawTicks(scenario, seed, limits);
  const perWindow = Math.round((limits.canary_monitoring_duration_min * 60) / limits.canary_tick_s);
  const naive = judgeNaively(ticks.slice(0, perWindow + 1), limits);
  for (let window = 1; window <= limits.canary_max_windows; window += 1) {
    const seen = ticks.slice(0, window * perWindow + 1);
    const { verdict, numbers } = judgeCanary({ ticks: seen, limits });
    if (verdict === 'CONTINUE') continue;
    const tick = numbers.first_crossing_tick ?? seen.length - 1;
    return { verdict, seconds: tick * limits.canary_tick_s, requests: numbers.canary_requests ?? 0, naive };
  }
  throw new Error('the judge gave no verdict at the end of its last window');
}

/** All ticks that the canary can have, the first one before any request. */
export function drawTicks(scenario: Scenario, seed: number, limits: Thresholds): TickSample[] {
  const random = makeRandom(seed);
  const count = Math.round(
    (limits.canary_max_windows * limits.canary_monitoring_duration_min * 60) / limits.canary_tick_s,
  );
  const perTick = scenario.rps * limits.canary_tick_s;
  const canaryShare = limits.canary_traffic_initial_pct / 100;
  let canary = emptyArm('canary');
  let control = emptyArm('control');
  return Array.from({ length: count + 1 }, (_, n) => {
    if (n > 0) {
      canary = grow(canary, perTick * canaryShare, scenario.canaryErrors, scenario.canarySlow, random);
      control = grow(control, perTick * (1 - canaryShare), scenario.controlErrors, scenario.controlSlow, random);
    }
    const at = new Date(START + n * limits.canary_tick_s * 1000).toISOString();
    const snapshot = { at, control, canary, canary_pct: limits.canary_traffic_initial_pct };
    return { n, at, elapsed_s: n * limits.canary_tick_s, warm_up: false, snapshot, problem: null };
  });
}

function emptyArm(version: string): ArmCounters {
  return { version, total: 0, errors: 0, slow: 0, histogram: [], up: true };
}

/** Balancers share traffic evenly, so the number of requests is fixed but for the rounding; what becomes of them is chance. */
function grow(arm: ArmCounters, requests: number, errors: number, slow: number, random: Random): ArmCounters {
  const n = Math.floor(requests) + (random.chance(requests % 1) ? 1 : 0);
  return {
    ...arm,
    total: arm.total + n,
    errors: arm.errors + drawBinomial(n, errors, random),
    slow: arm.slow + drawBinomial(n, slow, random),
  };
}

/** By the gaps between events, which is exact and takes as many steps as there are events. */
function drawBinomial(n: number, p: number, random: Random): number {
  if (p <= 0) return 0;
  let events = 0;
  let at = 0;
  for (;;) {
    at += Math.floor(Math.log1p(-random.next()) / Math.log1p(-p)) + 1;
    if (at > n) return events;
    events += 1;
  }
}

/** Thresholds on what is seen, without statistics: any minute above, and the average of the whole window. */
function judgeNaively(window: readonly TickSample[], limits: Thresholds): SimulatedCanary['naive'] {
  const perMinute = Math.max(1, Math.round(60 / limits.canary_tick_s));
  const at = (index: number) => window[index]?.snapshot?.canary ?? emptyArm('canary');
  const shares = (of: 'errors' | 'slow') =>
    Array.from({ length: Math.floor((window.length - 1) / perMinute) }, (_, minute) => {
      const [from, to] = [at(minute * perMinute), at((minute + 1) * perMinute)];
      return to.total === from.total ? 0 : (to[of] - from[of]) / (to.total - from.total);
    });
  const last = at(window.length - 1);
  return {
    rolledBackByErrors: shares('errors').some((share) => share > limits.error_rate_threshold),
    rolledBackByP99: shares('slow').some((share) => share > limits.slow_share_threshold),
    averageFine: last.errors <= limits.error_rate_threshold * last.total,
  };
}
