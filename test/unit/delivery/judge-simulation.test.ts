import { expect, it } from 'vitest';
import { judgeCanary } from '../../../src/delivery/judge/judge-canary.ts';
import { limitsOf, type Step, ticksOf } from './canary-ticks.ts';

/** mulberry32: small, seeded, good enough to simulate traffic. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function poisson(mean: number, random: () => number): number {
  let count = 0;
  for (let product = random(); product > Math.exp(-mean); product *= random()) count += 1;
  return count;
}

function simulate(seed: number, rate: { canary: number; control: number }): string {
  const random = makeRandom(seed);
  const limits = limitsOf({ canary_max_windows: 1 });
  const steps: Step[] = Array.from({ length: 60 }, () => ({
    canary: 25,
    canaryErrors: poisson(25 * rate.canary, random),
    control: 475,
    controlErrors: poisson(475 * rate.control, random),
    canarySlow: poisson(25 * 0.002, random),
    controlSlow: poisson(475 * 0.002, random),
  }));
  return judgeCanary({ ticks: ticksOf(steps), limits }).verdict;
}

function shareOf(verdict: string, rate: { canary: number; control: number }): number {
  const runs = 300;
  let hits = 0;
  for (let seed = 1; seed <= runs; seed += 1) if (simulate(seed, rate) === verdict) hits += 1;
  return hits / runs;
}

it('seldom rolls back a canary equal to production (A/A), although it looks 60 times', () => {
  expect(shareOf('FAIL', { canary: 0.001, control: 0.001 })).toBeLessThan(0.01);
});

it('holds its error level for a canary that sits exactly at the threshold', () => {
  // The bound is 3 tests times 1 %, plus simulation noise.
  expect(shareOf('FAIL', { canary: 0.005, control: 0.005 })).toBeLessThan(0.05);
});

it('promotes no canary that fails ten times as often, and catches most', () => {
  expect(shareOf('PASS', { canary: 0.01, control: 0.001 })).toBe(0);
  expect(shareOf('FAIL', { canary: 0.01, control: 0.001 })).toBeGreaterThan(0.9);
});
