import { z } from 'zod';

/** Failed requests of one kind since the counters began, e.g. `code=503 route=/checkout`. */
export const ErrorKind = z.strictObject({ kind: z.string().min(1).max(200), count: z.int().min(0) });
export type ErrorKind = z.infer<typeof ErrorKind>;

/** More kinds than this tell nobody anything; the most frequent are kept. */
export const MAX_ERROR_KINDS = 50;

/** Cumulative counters of one version since it started. Integers only: a crash of the reader loses nothing. */
export const ArmCounters = z.strictObject({
  version: z.string(),
  /** When these counters began at zero; another moment than before means they were reset. */
  since: z.iso.datetime({ precision: 3 }).optional(),
  total: z.int().min(0),
  /** 5xx, resets and timeouts. */
  errors: z.int().min(0),
  /** Requests above the latency threshold, from a histogram with an edge exactly there. */
  slow: z.int().min(0),
  /** The threshold behind `slow`, ms; absent where the source takes it from elsewhere. */
  slow_above_ms: z.number().positive().optional(),
  /** Upper edges in ms and cumulative counts, the last edge null for +Inf. */
  histogram: z.array(z.strictObject({ le_ms: z.number().nullable(), count: z.int().min(0) })),
  up: z.boolean(),
  /** What the errors were, for the report; absent where the source cannot say. No verdict rests on it. */
  error_kinds: z.array(ErrorKind).max(MAX_ERROR_KINDS).optional(),
});
export type ArmCounters = z.infer<typeof ArmCounters>;

/** Both arms at one moment. `canary` is null when none is deployed. */
export const TrafficSnapshot = z.strictObject({
  at: z.iso.datetime({ precision: 3 }),
  control: ArmCounters,
  canary: ArmCounters.nullable(),
  canary_pct: z.number().min(0).max(100),
});
export type TrafficSnapshot = z.infer<typeof TrafficSnapshot>;

/** What production measured about itself, with the window it rests on. Percentiles in ms by interpolation inside a bucket. */
export const Baseline = z.strictObject({
  service: z.string(),
  window_from: z.iso.datetime({ precision: 3 }),
  window_to: z.iso.datetime({ precision: 3 }),
  requests: z.int().min(0),
  error_rate: z.number().min(0).max(1),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
  /** Days of the window on which production had figures. */
  days: z.int().min(0).optional(),
  /** 0–167, UTC: only these hours of the week are in it; null = all hours. */
  hour_of_week: z.int().min(0).max(167).nullable().optional(),
});
export type Baseline = z.infer<typeof Baseline>;

export interface MetricSource {
  /** @throws {TransientFailure} METRICS_UNAVAILABLE. Never invents zeros. */
  snapshot(service: string, signal: AbortSignal): Promise<TrafficSnapshot>;
  /** Production's own figures over the window the source was made with; null when it has none. */
  baseline(service: string, signal: AbortSignal): Promise<Baseline | null>;
}
