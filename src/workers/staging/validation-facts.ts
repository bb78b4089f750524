import type { RequestBase } from '../../agents/request-base.ts';
import type { ValidationFacts } from '../../agents/validation-request.ts';
import type { StagingSettings } from '../../config/staging-schema.ts';
import type { StagingMeasurement } from '../../delivery/compare-staging.ts';
import { findLatencyLimit } from '../../delivery/latency-limit.ts';

const NONE = { requests: 0, error_rate: 0, p50_ms: null, p95_ms: null, p99_ms: null };

/**
 * What the agent is told of a staged version that all gates let through, with the limits that they held it to. Pure.
 * @throws when there is no limit: then no gate can have let it through.
 */
export function validationFacts(
  service: string,
  settings: StagingSettings,
  { measured, base, baseline, baseline_problem, smoke }: StagingMeasurement,
): Omit<ValidationFacts, keyof RequestBase> {
  const limit = findLatencyLimit(baseline, baseline_problem, settings);
  if (limit.kind === 'none') throw new Error(`asked about what no gate let through: ${limit.text}`);
  return {
    service,
    staged: measured ?? NONE,
    base: base?.measured ?? null,
    baseline: baseline ?? { ...NONE, window_from: '', window_to: '' },
    limits: { max_error_rate: settings.max_error_rate, max_p99_ms: limit.limitMs },
    smoke,
  };
}
