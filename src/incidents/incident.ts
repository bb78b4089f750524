import { z } from 'zod';

const count = z.int().min(0);
const seconds = z.number();
const moment = z.iso.datetime({ precision: 3 });

const ArmCount = z.strictObject({ requests: count, errors: count, slow: count });

/** What both arms did between two looks at them. */
const SeriesPoint = z.strictObject({
  tick: count,
  /** Seconds since the canary was given traffic: the end of the span. */
  elapsed_s: seconds,
  scored: z.boolean(),
  canary: ArmCount,
  control: ArmCount,
});
export type SeriesPoint = z.infer<typeof SeriesPoint>;

const WeightChange = z.strictObject({
  at: moment,
  /** Seconds since the canary was given traffic. */
  elapsed_s: seconds,
  pct: z.number(),
  phase: z.enum(['intended', 'completed', 'failed', 'unknown']),
  why: z.string(),
});
export type WeightChange = z.infer<typeof WeightChange>;

/** One sequential test as it stood when the verdict fell. */
const TestResult = z.strictObject({
  test: z.enum(['errors', 'slow', 'relative']),
  /** Null where the verdict did not come from the judge. */
  ln_e: z.number().nullable(),
  fails_from: z.number(),
  /** The bound or tolerance it is held against. */
  limit: z.number(),
  crossed: z.boolean(),
});

/** The facts of one rollback: all of them from the record and from stored ticks, none from an agent. */
export const Incident = z.strictObject({
  v: z.literal(1),
  run_id: z.string(),
  service: z.string(),
  opened_at: moment,
  change: z.strictObject({
    repo: z.string(),
    pr_number: z.int(),
    title: z.string(),
    author: z.string(),
    head_sha: z.string(),
    merge_sha: z.string().nullable(),
    target_sha: z.string().nullable(),
    artifact: z.string().nullable(),
    files: z.array(z.string()),
  }),
  verdict: z.string(),
  cause: z.string(),
  why: z.string(),
  missing: z.array(z.string()),
  runbook: z.string(),
  tests: z.array(TestResult),
  first_crossing: z.strictObject({ tick: count, elapsed_s: seconds, at: moment.nullable() }).nullable(),
  numbers: z.record(z.string(), z.number().nullable()),
  limits: z.record(z.string(), z.number()),
  /** Where the counters came from, as asked. */
  queries: z.array(z.string()),
  series: z.array(SeriesPoint),
  /** Ticks at which the metrics could not be read, and why. */
  gaps: z.array(z.strictObject({ tick: count, elapsed_s: seconds, problem: z.string() })),
  weights: z.array(WeightChange),
  times: z.strictObject({
    traffic_at: moment.nullable(),
    /** End of the first span in which a canary request failed or was slow. */
    first_fault_at: moment.nullable(),
    verdict_at: moment.nullable(),
    weight_zero_at: moment.nullable(),
    /** From the first fault to the verdict, and from the verdict to zero read back. */
    detection_s: seconds.nullable(),
    rollback_s: seconds.nullable(),
  }),
  impact: z.strictObject({
    canary_requests: count,
    /** Requests that failed or were slow in the canary. */
    failed: count,
    slow: count,
    /** Failed requests beyond what production's own rate would have failed of them. */
    excess_failed: z.number(),
    /** Failed canary requests over all that the threshold allows the service while the canary had traffic; null without traffic. */
    error_budget_spent: z.number().nullable(),
  }),
  /** Kinds of errors that only the canary showed; null where nothing can be said. */
  canary_only_errors: z.array(z.strictObject({ signature: z.string(), count })).nullable(),
  /** Why nothing can be said of them; absent in older reports. */
  canary_only_errors_missing: z.string().nullish(),
});
export type Incident = z.infer<typeof Incident>;
