import { z } from 'zod';

const LoadPath = z.strictObject({
  path: z.string().startsWith('/').max(4000).describe('Path and query.'),
  weight: z.number().positive().max(1_000_000).default(1).describe('Share of the requests, relative to the others.'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET').describe('Method of the request.'),
  body: z.string().max(100_000).optional().describe('Body to send, as JSON.'),
});
export type LoadPath = z.infer<typeof LoadPath>;

const fromText = (path: string) => ({ path, weight: 1, method: 'GET' as const });

/** How a staged version is loaded. Open loop: requests start by the clock, however slowly earlier ones are answered. */
export const Load = z.strictObject({
  rate_rps: z.number().positive().max(5000).default(20).describe('Requests started a second.'),
  warm_up_s: z.number().min(0).max(600).default(5).describe('Load of each version before it counts.'),
  max_in_flight: z
    .int()
    .min(1)
    .max(5000)
    .default(256)
    .describe('Requests without an answer at one time; one that is due beyond that is not sent and counts as failed.'),
  paths: z
    .array(z.union([z.string().startsWith('/').max(4000).transform(fromText), LoadPath]))
    .min(1)
    .max(100)
    .default([fromText('/')])
    .describe('What is asked for: a path, or `path`, `weight`, `method` and `body`.'),
});
export type Load = z.infer<typeof Load>;

/** How much worse than the version it started from a change may be. */
export const Regression = z.strictObject({
  compare: z
    .enum(['base', 'off'])
    .default('base')
    .describe('`base` stages the target branch beside the merge and loads both in turn; `off` compares with nothing.'),
  blocks: z.int().min(10).max(100).default(10).describe('Pairs of measurements, taken in turn.'),
  latency_ratio: z
    .number()
    .min(1)
    .max(100)
    .default(1.25)
    .describe('Median and 95th percentile over those of the base that still pass.'),
  slack_ms: z.number().min(0).default(5).describe('Added to that limit: tiny latencies differ by noise.'),
});
export type Regression = z.infer<typeof Regression>;
