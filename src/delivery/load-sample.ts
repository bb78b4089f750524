import { z } from 'zod';

/** What one version answered to one part of the load. */
export const ArmSample = z.strictObject({
  /** Due by the clock, sent or not. */
  requests: z.int().min(0),
  /** 5xx, resets, timeouts, and requests that were not sent because too many had no answer. */
  errors: z.int().min(0),
  /** Of answered requests, in ms, ascending. */
  latencies_ms: z.array(z.number().min(0)),
});
export type ArmSample = z.infer<typeof ArmSample>;

/** One block: both versions, measured in turn. `base` is null when there is nothing to compare with. */
export const Block = z.strictObject({ head: ArmSample, base: ArmSample.nullable() });
export type Block = z.infer<typeof Block>;

export const Measured = z.strictObject({
  requests: z.int().min(0),
  errors: z.int().min(0),
  error_rate: z.number().min(0).max(1),
  /** Exact (nearest rank); null when none was answered. */
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});
export type Measured = z.infer<typeof Measured>;

export function joinSamples(samples: readonly ArmSample[]): ArmSample {
  return {
    requests: samples.reduce((sum, { requests }) => sum + requests, 0),
    errors: samples.reduce((sum, { errors }) => sum + errors, 0),
    latencies_ms: samples.flatMap(({ latencies_ms }) => latencies_ms).toSorted((a, b) => a - b),
  };
}

/** A sample in the figures that people read. Pure. */
export function summarise({ requests, errors, latencies_ms }: ArmSample): Measured {
  return {
    requests,
    errors,
    error_rate: requests === 0 ? 0 : errors / requests,
    p50_ms: nearestRank(latencies_ms, 0.5),
    p95_ms: nearestRank(latencies_ms, 0.95),
    p99_ms: nearestRank(latencies_ms, 0.99),
  };
}

function nearestRank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
