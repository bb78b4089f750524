import { z } from 'zod';
import { seconds } from './schema-parts.ts';

const fraction = z.number().gt(0).lt(1);

/** Without defaults: a service overrides only what it names, and the rest comes from the global thresholds. */
const limits = {
  risk_score_max: z.number().min(0).max(7).describe('A score at or above this is never automated.'),
  canary_traffic_initial_pct: z
    .number()
    .gt(0)
    .max(50)
    .describe('Share of production traffic the canary is given, percent.'),
  canary_monitoring_duration_min: z.number().positive().describe('Length of one window of evidence, minutes.'),
  canary_warm_up_s: z.number().min(0).describe('Traffic before this has passed is not evidence.'),
  canary_tick_s: seconds.describe('How often the canary is measured.'),
  canary_min_requests: z.int().min(600).describe('Fewer canary requests can prove nothing.'),
  canary_max_windows: z
    .int()
    .min(1)
    .max(12)
    .describe('How often the monitoring duration may be repeated before the canary is rolled back for lack of proof.'),
  error_rate_threshold: fraction.describe('Share of failed requests that a canary must be proved to stay under.'),
  p99_latency_threshold_ms: z
    .number()
    .positive()
    .describe('The 99th percentile of latency that a canary must be proved to stay under.'),
  slow_share_threshold: fraction.describe(
    'Share of requests above p99_latency_threshold_ms that a canary must be proved to stay under: 0.01 is a p99, 0.005 a p99.5.',
  ),
  relative_tolerance: z.number().min(1).describe('Canary errors over control errors that still count as equal.'),
  canary_step_up_max_pct: z
    .number()
    .min(0)
    .max(50)
    .describe(
      'Largest share a canary may be raised to, one window at each step, when its windows gave neither proof nor suspicion; 0 = it is not raised.',
    ),
  canary_step_factor: z.number().gt(1).max(10).describe('How much larger each step is than the one before.'),
  canary_hold_min: z
    .number()
    .min(0)
    .max(1440)
    .describe(
      'How long a canary that could be neither proved nor suspected keeps its share and waits for a person, minutes; then, or with 0 at once, it is rolled back.',
    ),
  canary_gate_min: z
    .number()
    .positive()
    .max(1440)
    .describe(
      'How long a canary that passed waits at a gate (change_classes.<class>.canary_gates) for a person, minutes; then it is rolled back.',
    ),
  canary_metrics_freeze_s: seconds
    .max(3600)
    .describe(
      'Past this without metrics nothing of a canary changes until they are back; also the longest gap between two looks that counts as watched, and the span over which its share of requests is checked.',
    ),
  canary_metrics_zero_s: seconds.max(3600).describe('Past this without metrics a canary is rolled back.'),
};

export const Thresholds = z.strictObject({
  risk_score_max: limits.risk_score_max.default(7),
  canary_traffic_initial_pct: limits.canary_traffic_initial_pct.default(5),
  canary_monitoring_duration_min: limits.canary_monitoring_duration_min.default(10),
  canary_warm_up_s: limits.canary_warm_up_s.default(60),
  canary_tick_s: limits.canary_tick_s.default(10),
  canary_min_requests: limits.canary_min_requests.default(600),
  canary_max_windows: limits.canary_max_windows.default(3),
  error_rate_threshold: limits.error_rate_threshold.default(0.005),
  p99_latency_threshold_ms: limits.p99_latency_threshold_ms.default(800),
  slow_share_threshold: limits.slow_share_threshold.default(0.01),
  relative_tolerance: limits.relative_tolerance.default(1.25),
  canary_step_up_max_pct: limits.canary_step_up_max_pct.default(0),
  canary_step_factor: limits.canary_step_factor.default(2),
  canary_hold_min: limits.canary_hold_min.default(60),
  canary_gate_min: limits.canary_gate_min.default(60),
  canary_metrics_freeze_s: limits.canary_metrics_freeze_s.default(60),
  canary_metrics_zero_s: limits.canary_metrics_zero_s.default(180),
});
export const ThresholdOverrides = z.strictObject(limits).partial();
