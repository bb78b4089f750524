import type { StagingSettings } from '../config/staging-schema.ts';
import type { Baseline } from './metric-source.ts';

export type LatencyLimit =
  | { readonly kind: 'limit'; readonly limitMs: number; readonly against: string }
  | { readonly kind: 'none'; readonly code: 'no_baseline' | 'thin_baseline'; readonly text: string };

/** The p99 that a staged version may have: of production's past with what the settings allow beside it, or without one the budget. Pure. */
export function findLatencyLimit(
  baseline: Baseline | null,
  problem: string | null,
  settings: StagingSettings,
): LatencyLimit {
  if (baseline === null || baseline.p99_ms === null) {
    if (settings.p99_budget_ms !== undefined)
      return { kind: 'limit', limitMs: settings.p99_budget_ms, against: 'p99_budget_ms' };
    return {
      kind: 'none',
      code: 'no_baseline',
      text: problem ?? 'production has measured nothing to compare with; give it traffic first',
    };
  }
  if (baseline.requests < settings.baseline_min_requests) {
    return {
      kind: 'none',
      code: 'thin_baseline',
      text: `the production baseline rests on ${baseline.requests} requests, ${settings.baseline_min_requests} are needed`,
    };
  }
  return {
    kind: 'limit',
    limitMs: baseline.p99_ms * settings.max_p99_over_baseline + settings.p99_slack_ms,
    against: `production ${baseline.p99_ms.toFixed(1)} ms`,
  };
}
