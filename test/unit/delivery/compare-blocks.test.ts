import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Load, Regression } from '../../../src/config/load-schema.ts';
import { compareBlocks } from '../../../src/delivery/compare-blocks.decide.ts';
import type { ArmSample, Block } from '../../../src/delivery/load-sample.ts';
import { pickLoadPath, planLoad } from '../../../src/delivery/plan-load.ts';
import { hodgesLehmann, signedRankP } from '../../../src/delivery/signed-rank.ts';

/** Uniform numbers from a seed (mulberry32), so that a simulation is the same every time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface World {
  readonly blocks?: number;
  readonly requests?: number;
  /** Head over base. */
  readonly ratio?: number;
  /** How much slower the machine is at the end than at the start. */
  readonly drift?: number;
  readonly headErrors?: number;
  readonly baseErrors?: number;
}

/** Latencies as services have them: lognormal around 20 ms, a busy machine that changes from block to block. */
function simulate(seed: number, world: World = {}): Block[] {
  const { blocks = 10, requests = 120, ratio = 1, drift = 1, headErrors = 0, baseErrors = 0 } = world;
  const random = randomOf(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: blocks }, (_, index) => {
    const machine = drift ** (index / blocks) * Math.exp(0.15 * normal());
    const arm = (times: number, errorRate: number): ArmSample => ({
      requests,
      errors: Array.from({ length: requests }, random).filter((u) => u < errorRate).length,
      latencies_ms: Array.from({ length: requests }, () => 20 * times * machine * Math.exp(0.5 * normal())).toSorted(
        (a, b) => a - b,
      ),
    });
    return { head: arm(ratio, headErrors), base: arm(1, baseErrors) };
  });
}

const LIMITS = { blocks: 10, latency_ratio: 1.25, slack_ms: 0 };
const compare = (blocks: Block[], limits = LIMITS) => {
  const comparison = compareBlocks(blocks, limits, 1.25);
  if (comparison === null) throw new Error('not compared');
  return comparison;
};
const isSlower = (blocks: Block[]) => compare(blocks).latency.some(({ worse }) => worse);
const share = (n: number, test: (seed: number) => boolean) =>
  Array.from({ length: n }, (_, seed) => test(seed + 1)).filter(Boolean).length / n;

describe('signedRankP', () => {
  it('is exact: the published tail probabilities of n = 10', () => {
    const upTo = (negative: number) => Array.from({ length: 10 }, (_, i) => (i < negative ? -(i + 1) : i + 1));
    expect(signedRankP(upTo(0))).toBe(1 / 1024);
    // W+ ≥ 52 of 55: the patterns whose negative ranks add up to at most 3 are {}, 1, 2, 3, 1+2.
    expect(signedRankP(upTo(2))).toBe(5 / 1024);
    expect(signedRankP(upTo(0).map((d) => -d))).toBe(1);
  });

  it('takes ties by mid-ranks and drops zeros', () => {
    expect(signedRankP([1, 1, 1])).toBe(1 / 8);
    expect(signedRankP([0, 0, 1, 1, 1])).toBe(1 / 8);
    expect(signedRankP([1, -1])).toBe(3 / 4);
    expect(signedRankP([])).toBe(1);
  });

  it('is a p-value: at most α of all sign patterns are at or below α', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 9 }), (sizes) => {
        const patterns = Array.from({ length: 2 ** sizes.length }, (_, bits) =>
          signedRankP(sizes.map((size, i) => ((bits >> i) & 1 ? size : -size))),
        );
        for (const alpha of [0.01, 0.05, 0.25])
          expect(patterns.filter((p) => p <= alpha).length / patterns.length).toBeLessThanOrEqual(alpha);
      }),
      { numRuns: 60 },
    );
  });
});

describe('compareBlocks', () => {
  it('stops hardly any change that is no slower, also while the machine becomes twice as slow', () => {
    expect(share(400, (seed) => isSlower(simulate(seed, { drift: 2 })))).toBeLessThanOrEqual(0.005);
  });

  it('stops at most α of each test on the very limit', () => {
    expect(share(400, (seed) => isSlower(simulate(seed, { ratio: 1.25, drift: 2 })))).toBeLessThanOrEqual(0.03);
  });

  it('finds what is half as slow again, although the machine drifts by more than that', () => {
    expect(share(200, (seed) => isSlower(simulate(seed, { ratio: 1.6, drift: 2 })))).toBeGreaterThanOrEqual(0.99);
  });

  it('tells both sides in numbers', () => {
    const { latency, blocks } = compare(simulate(3, { ratio: 2 }));
    expect(blocks).toBe(10);
    expect(latency[0]).toMatchObject({ figure: 'p50_ms', worse: true });
    expect(latency[0]?.ratio).toBeGreaterThan(1.8);
    expect(latency[0]?.ratio).toBeLessThan(2.2);
    expect(hodgesLehmann([1, 2, 9])).toBe(3.5);
  });

  it('gives tiny latencies their slack', () => {
    const blocks = simulate(5, { ratio: 3 }).map(({ head, base }) => {
      const tiny = (arm: ArmSample) => ({ ...arm, latencies_ms: arm.latencies_ms.map((ms) => ms / 100) });
      return { head: tiny(head), base: base === null ? null : tiny(base) };
    });
    expect(compare(blocks).latency[0]?.worse).toBe(true);
    expect(compare(blocks, { ...LIMITS, slack_ms: 5 }).latency.every(({ worse }) => !worse)).toBe(true);
  });

  it('judges errors by the side they fell on: new ones stop, a shared outage does not', () => {
    expect(compare(simulate(1, { headErrors: 0.02 })).errors).toMatchObject({ base: 0, worse: true });
    expect(compare(simulate(1, { headErrors: 0.2, baseErrors: 0.2 })).errors.worse).toBe(false);
    expect(compare(simulate(1, { headErrors: 0, baseErrors: 0.5 })).errors).toMatchObject({ head: 0, p: 1 });
    const one = simulate(1).map((block, i) => (i === 0 ? { ...block, head: { ...block.head, errors: 1 } } : block));
    expect(compare(one).errors.worse).toBe(false);
  });

  it('shows nothing with fewer blocks than declared, or without a base', () => {
    expect(compareBlocks(simulate(1, { blocks: 9 }), LIMITS, 1.25)).toBeNull();
    expect(
      compareBlocks(
        simulate(1).map(({ head }) => ({ head, base: null })),
        LIMITS,
        1.25,
      ),
    ).toBeNull();
  });

  it('has no ratio where a block got no answer, and the errors stop it', () => {
    const blocks = simulate(2).map((block, i) =>
      i < 3 ? { ...block, head: { requests: 120, errors: 120, latencies_ms: [] } } : block,
    );
    const { latency, errors } = compare(blocks);
    expect(latency[0]?.ratio).toBeNull();
    expect(errors.worse).toBe(true);
  });
});

describe('planLoad', () => {
  const load = Load.parse({ rate_rps: 20 });

  it('gives both versions as much, in turn and mirrored', () => {
    const plan = planLoad(120, load, Regression.parse({}));
    expect(plan).toMatchObject({ requestsPerArm: 1200, requestsPerBlock: 120, warmUp: 100 });
    expect(plan.blocks.slice(0, 2).map((legs) => legs.map(({ arm }) => arm).join())).toEqual([
      'head,base,base,head',
      'base,head,head,base',
    ]);
  });

  it('gives all of it to the merge where nothing is compared', () => {
    const plan = planLoad(120, load, Regression.parse({ compare: 'off' }));
    expect(plan.requestsPerArm).toBe(2400);
    expect(plan.blocks.flat().every(({ arm }) => arm === 'head')).toBe(true);
  });

  it('takes paths by their weight, the same for the same number', () => {
    const { paths } = Load.parse({ paths: ['/a', { path: '/b', weight: 3 }] });
    const picked = Array.from({ length: 400 }, (_, n) => pickLoadPath(paths, n).path);
    expect(picked.filter((path) => path === '/b').length).toBeGreaterThanOrEqual(298);
    expect(picked.filter((path) => path === '/b').length).toBeLessThanOrEqual(302);
    expect(pickLoadPath(paths, 7)).toBe(pickLoadPath(paths, 7));
  });
});
