import type { ChangedFile } from '../change/change.ts';
import type { AgentRequest } from './agent-call.ts';
import { makeRequest, type RequestBase } from './request-base.ts';
import { shorten } from './shorten.ts';

const DIFF_BYTES = 24 * 1024;
const TICKS = 30;

/** What one version did over the canary. */
export interface ArmTotals {
  readonly requests: number;
  readonly errors: number;
  readonly error_rate: number;
  /** Requests above the latency threshold. */
  readonly slow: number;
  readonly slow_rate: number;
  readonly p99_ms: number | null;
  readonly up: boolean;
}

export interface IncidentFacts extends RequestBase {
  readonly service: string;
  readonly canary_pct: number;
  /** Why the judge ended it, in its own words. */
  readonly reason: string;
  readonly thresholds: { readonly error_rate: number; readonly p99_latency_ms: number };
  readonly canary: ArmTotals;
  readonly control: ArmTotals;
  /** Oldest first; the last thirty are sent. */
  readonly timeline: readonly { readonly at: string; readonly note: string }[];
  readonly files: readonly ChangedFile[];
  readonly diff: string;
}

/** The numbers of both versions, the way they went, and the diff, shortened, as the place to look for the cause. */
export function buildIncidentRequest(facts: IncidentFacts): AgentRequest {
  return makeRequest('incident', facts, {
    service: facts.service,
    canary_pct: facts.canary_pct,
    reason: facts.reason,
    thresholds: { error_rate: facts.thresholds.error_rate, p99_latency_ms: facts.thresholds.p99_latency_ms },
    canary: { ...facts.canary },
    control: { ...facts.control },
    timeline: facts.timeline.slice(-TICKS).map(({ at, note }) => ({ at, note: note.slice(0, 300) })),
    files: facts.files.map(({ path, status, added, removed }) => ({ path, status, added, removed })),
    diff: shorten(facts.diff, DIFF_BYTES),
  });
}
