import { z } from 'zod';
import type { Regression } from '../config/load-schema.ts';
import { lowerTail } from './judge/binomial.ts';
import { type ArmSample, type Block, joinSamples, summarise } from './load-sample.ts';
import { hodgesLehmann, signedRankP } from './signed-rank.ts';

/** Of each test. Three tests, so a change that is no worse is stopped at most 3 times in 100, in practice far less often. */
const ALPHA = 0.01;

const LatencyTest = z.strictObject({
  figure: z.enum(['p50_ms', 'p95_ms']),
  /** Over all blocks. */
  head: z.number().nullable(),
  base: z.number().nullable(),
  /** Head over base, the centre of the blocks' ratios; null when a block has no answer. */
  ratio: z.number().nullable(),
  /** Chance of blocks like these if head were no worse than the limit. */
  p: z.number(),
  worse: z.boolean(),
});

const ErrorTest = z.strictObject({
  head: z.int(),
  head_requests: z.int(),
  base: z.int(),
  base_requests: z.int(),
  tolerance: z.number(),
  p: z.number(),
  worse: z.boolean(),
});

export const BlockComparison = z.strictObject({
  blocks: z.int(),
  alpha: z.number(),
  latency_ratio: z.number(),
  slack_ms: z.number(),
  latency: z.array(LatencyTest),
  errors: ErrorTest,
  /** p50 and p95 of head and base, block by block. */
  series: z.array(z.array(z.number().nullable()).length(4)),
});
export type BlockComparison = z.infer<typeof BlockComparison>;

type Paired = { readonly head: ArmSample; readonly base: ArmSample };

/**
 * Head against base over blocks that were measured in turn. Each block is a pair, so what slows both down cancels out. Latency:
 * is head above `ratio × base + slack`, by an exact signed-rank test over the blocks' percentiles. Errors: exact, given how
 * many there were, on which side they fell. Null when there are fewer blocks than asked for: then nothing was shown. Pure.
 */
export function compareBlocks(
  blocks: readonly Block[],
  limits: Pick<Regression, 'blocks' | 'latency_ratio' | 'slack_ms'>,
  errorTolerance: number,
): BlockComparison | null {
  const pairs = blocks.flatMap(({ head, base }): Paired[] => (base === null ? [] : [{ head, base }]));
  if (pairs.length < limits.blocks) return null;
  const head = joinSamples(pairs.map((pair) => pair.head));
  const base = joinSamples(pairs.map((pair) => pair.base));
  const figures = pairs.map((pair) => ({ head: summarise(pair.head), base: summarise(pair.base) }));
  const latency = (['p50_ms', 'p95_ms'] as const).map((figure) => {
    const seen = figures.map((each) => ({ head: each.head[figure], base: each.base[figure] }));
    const answered = seen.flatMap((each) =>
      each.head === null || each.base === null ? [] : [{ head: each.head, base: each.base }],
    );
    const excess = answered.map((each) =>
      Math.log(Math.max(each.head, TINY_MS) / (limits.latency_ratio * each.base + limits.slack_ms || TINY_MS)),
    );
    const p = signedRankP(excess);
    const ratios = answered.map((each) => Math.log(Math.max(each.head, TINY_MS) / Math.max(each.base, TINY_MS)));
    return {
      figure,
      head: summarise(head)[figure],
      base: summarise(base)[figure],
      ratio: answered.length < pairs.length ? null : round(Math.exp(hodgesLehmann(ratios))),
      p,
      worse: p < ALPHA,
    };
  });
  return {
    blocks: pairs.length,
    alpha: ALPHA,
    latency_ratio: limits.latency_ratio,
    slack_ms: limits.slack_ms,
    latency,
    errors: compareErrors(head, base, errorTolerance),
    series: figures.map((each) => [each.head.p50_ms, each.base.p50_ms, each.head.p95_ms, each.base.p95_ms]),
  };
}

const TINY_MS = 0.01;

/** Under "at most `tolerance` times the base's rate" each of the errors is head's with a known chance; P(that many or more). */
function compareErrors(head: ArmSample, base: ArmSample, tolerance: number): z.infer<typeof ErrorTest> {
  const all = head.errors + base.errors;
  const share = (head.requests * tolerance) / (head.requests * tolerance + base.requests || 1);
  const p = head.errors === 0 ? 1 : 1 - lowerTail(head.errors - 1, all, share);
  return {
    head: head.errors,
    head_requests: head.requests,
    base: base.errors,
    base_requests: base.requests,
    tolerance,
    p,
    worse: p < ALPHA,
  };
}

function round(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : null;
}
