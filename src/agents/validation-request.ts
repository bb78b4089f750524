import type { AgentRequest } from './agent-call.ts';
import { makeRequest, type RequestBase } from './request-base.ts';

/** One measurement of a version. Latencies in ms, null when too little was measured. */
export interface MeasuredVersion {
  readonly requests: number;
  readonly error_rate: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
}

export interface ValidationFacts extends RequestBase {
  readonly service: string;
  readonly staged: MeasuredVersion;
  /** The same measurement of the version the change started from; null when it was not made. */
  readonly base: MeasuredVersion | null;
  readonly baseline: MeasuredVersion & { readonly window_from: string; readonly window_to: string };
  readonly limits: { readonly max_error_rate: number; readonly max_p99_ms: number };
  readonly smoke: readonly { readonly name: string; readonly passed: boolean; readonly detail: string }[];
}

/** Numbers only: no code, no diff, nothing that the author of the change could have written. */
export function buildValidationRequest(facts: ValidationFacts): AgentRequest {
  const { baseline, limits } = facts;
  return makeRequest('validation', facts, {
    service: facts.service,
    staged: measured(facts.staged),
    base: facts.base ? measured(facts.base) : null,
    baseline: { ...measured(baseline), window_from: baseline.window_from, window_to: baseline.window_to },
    limits: { max_error_rate: limits.max_error_rate, max_p99_ms: limits.max_p99_ms },
    smoke: facts.smoke.map(({ name, passed, detail }) => ({ name, passed, detail: detail.slice(0, 500) })),
  });
}

function measured({ requests, error_rate, p50_ms, p95_ms, p99_ms }: MeasuredVersion) {
  return { requests, error_rate, p50_ms, p95_ms, p99_ms };
}
