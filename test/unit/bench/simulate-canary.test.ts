import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measureCell } from '../../../bench/canary-sim/measure-cell.ts';
import { drawTicks, LIMITS, type Scenario, simulateCanary } from '../../../bench/canary-sim/simulate-canary.ts';
import { replayCanary } from '../../../src/delivery/judge/replay-canary.ts';

const healthy = (rps: number): Scenario => ({
  rps,
  canaryErrors: 0.001,
  controlErrors: 0.001,
  canarySlow: 0.002,
  controlSlow: 0.002,
});

describe('the simulation', () => {
  it('finds what the live canary finds, judged tick by tick', () => {
    for (const scenario of [healthy(20), { ...healthy(20), canaryErrors: 0.02 }, { ...healthy(50), canarySlow: 0.04 }])
      for (let seed = 1; seed <= 8; seed += 1) {
        const live = replayCanary(drawTicks(scenario, seed, LIMITS), LIMITS);
        const { verdict, seconds } = simulateCanary(scenario, seed);
        expect({ verdict, seconds }).toEqual({
          verdict: live?.judgement.verdict,
          seconds: (live?.tick ?? 0) * LIMITS.canary_tick_s,
        });
      }
  });

  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => JSON.stringify(drawTicks(healthy(100), seed, LIMITS));
    expect(of(1)).toBe(of(1));
    expect(of(1)).not.toBe(of(2));
  });
});

describe('the judge, over many canaries', () => {
  it('seldom rolls back a canary equal to production, where a naive threshold often does', () => {
    const cell = measureCell(healthy(20), 200);
    expect(cell.failed).toBeLessThanOrEqual(0.01);
    expect(cell.naiveRolledBackByErrors).toBeGreaterThan(0.3);
  });

  it('holds its error level for a canary that sits exactly at the threshold', () => {
    // Three tests of 1 % each, and the noise of 200 canaries.
    const cell = measureCell({ ...healthy(500), canaryErrors: 0.005, controlErrors: 0.005 }, 200);
    expect(cell.failed).toBeLessThan(0.06);
  });

  it('promotes no canary that fails ten times as often, finds most, and never passes one under the minimum', () => {
    const cell = measureCell({ ...healthy(100), canaryErrors: 0.01 }, 200);
    expect(cell.passed).toBe(0);
    expect(cell.failed).toBeGreaterThan(0.95);
    expect(measureCell(healthy(50), 100).fewestRequestsOfPass).toBeGreaterThanOrEqual(600);
  });

  it('finds 20 % and 50 % errors at 20 requests/s within the times that are promised', () => {
    const fast = { ...LIMITS, canary_tick_s: 5 };
    expect(measureCell({ ...healthy(20), canaryErrors: 0.2 }, 200, fast).medianDetectionS).toBeLessThanOrEqual(30);
    expect(measureCell({ ...healthy(20), canaryErrors: 0.5 }, 200, fast).medianDetectionS).toBeLessThanOrEqual(15);
  });
});

it('is what docs/canary.md shows: a row computed anew', () => {
  const cell = measureCell(healthy(2), 1000);
  const row = new RegExp(
    `^\\| 2 \\| ${percent(cell.failed)} \\| ${percent(cell.naiveRolledBackByErrors)} \\| ${percent(cell.passedInFirstWindow)} / ${percent(cell.passed)} \\|`,
    'm',
  );
  expect(readFileSync(new URL('../../../docs/canary.md', import.meta.url), 'utf8')).toMatch(row);
});

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
