import type { Thresholds } from '../config/schema.ts';

/** Which way each limit is stricter. A full record: a new threshold does not compile until somebody has said which. */
const STRICTER: Record<keyof Thresholds, 'less' | 'more'> = {
  risk_score_max: 'less',
  canary_traffic_initial_pct: 'less',
  canary_monitoring_duration_min: 'more',
  canary_warm_up_s: 'more',
  canary_tick_s: 'less',
  canary_min_requests: 'more',
  canary_max_windows: 'less',
  error_rate_threshold: 'less',
  p99_latency_threshold_ms: 'less',
  slow_share_threshold: 'less',
  relative_tolerance: 'less',
  canary_step_up_max_pct: 'less',
  canary_step_factor: 'less',
  canary_hold_min: 'less',
  canary_gate_min: 'less',
  canary_metrics_freeze_s: 'less',
  canary_metrics_zero_s: 'less',
};

/** Some limits by name; the others are not spoken of, and names that are no limit are not heeded. */
export type SomeLimits = Readonly<Partial<Record<string, number | undefined>>>;

export interface Tightened {
  readonly limits: Thresholds;
  /** What was taken from `asked`. */
  readonly taken: readonly (keyof Thresholds)[];
  /** What was asked and is looser than what holds: not taken. */
  readonly refused: readonly (keyof Thresholds)[];
}

/** Of each limit the stricter one: whoever asks can tighten what holds and never loosen it. */
export function tightenLimits(held: Thresholds, asked: SomeLimits): Tightened {
  const limits = { ...held };
  const taken: (keyof Thresholds)[] = [];
  const refused: (keyof Thresholds)[] = [];
  for (const name of limitNames) {
    const wanted = asked[name];
    if (wanted === undefined || wanted === held[name]) continue;
    const stricter = STRICTER[name] === 'less' ? wanted < held[name] : wanted > held[name];
    if (stricter) limits[name] = wanted;
    (stricter ? taken : refused).push(name);
  }
  return { limits, taken, refused };
}

const limitNames = Object.keys(STRICTER).filter((name): name is keyof Thresholds => Object.hasOwn(STRICTER, name));
