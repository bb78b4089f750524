import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import type { Thresholds } from '../config/schema.ts';
import { LN_E_FAIL } from '../delivery/judge/e-process.ts';
import type { TickSample } from '../delivery/judge/tick-sample.ts';
import type { Run } from '../store/tables.ts';
import { findCanaryOnlyErrors } from './canary-only-errors.ts';
import { readSeries } from './canary-series.ts';
import { Incident, type SeriesPoint } from './incident.ts';
import { runbookOf } from './runbook-of.ts';
import { findTrafficAt, readWeights } from './weight-timeline.ts';

export interface IncidentFacts {
  readonly run: Run;
  /** The run's record, in order. */
  readonly entries: readonly Recorded[];
  readonly rolledBack: Recorded;
  readonly ticks: readonly TickSample[];
  /** The limits that the canary was judged by. */
  readonly limits: Thresholds;
  readonly files: readonly string[];
  readonly queries: readonly string[];
  readonly now: Date;
}

const Payload = z.object({
  cause: z.string().catch('no_proof'),
  weight_zero_at: z.iso.datetime({ precision: 3 }).nullish(),
  numbers: z.record(z.string(), z.number().nullable()).nullish(),
});
const Missing = z.object({ missing: z.array(z.string()).catch([]) });

/** What happened, from the record and the stored ticks. The same input gives the same incident. Pure. */
export function buildIncident(facts: IncidentFacts): Incident {
  const { run, entries, rolledBack, ticks, limits } = facts;
  const payload = Payload.parse(rolledBack.entry.payload);
  const verdict = entries.find(({ entry }) => entry.event === 'canary_verdict');
  const numbers = payload.numbers ?? {};
  const series = readSeries(ticks, limits);
  const trafficAt = findTrafficAt(entries);
  const zeroAt = payload.weight_zero_at ?? null;
  // Without a cause of its own the rollback names the verdict.
  const cause = payload.cause === 'INCONCLUSIVE' ? 'no_proof' : payload.cause;
  const crossing = numbers['first_crossing_tick'] ?? null;
  const crossed = crossing === null ? undefined : ticks.find((tick) => tick.n === crossing);
  const fault = series.find(({ canary }) => canary.errors + canary.slow > 0);
  const faultAt = fault === undefined ? null : (ticks.find((tick) => tick.n === fault.tick)?.at ?? null);
  const only = findCanaryOnlyErrors(ticks);
  const verdictAt = verdict?.entry.timestamp ?? null;
  return Incident.parse({
    v: 1,
    run_id: run.id,
    service: run.service,
    opened_at: facts.now.toISOString(),
    change: {
      repo: run.repo,
      pr_number: Number(run.pr_number),
      title: run.title,
      author: run.author,
      head_sha: run.head_sha,
      merge_sha: run.merge_sha,
      target_sha: run.target_sha,
      artifact: run.artifact,
      files: [...facts.files],
    },
    verdict: verdict?.entry.outcome ?? 'none',
    cause,
    why: rolledBack.entry.rationale,
    missing: Missing.parse(verdict?.entry.payload ?? {}).missing,
    runbook: runbookOf(cause),
    tests: readTests(numbers, limits),
    first_crossing:
      crossing === null ? null : { tick: crossing, elapsed_s: crossed?.elapsed_s ?? 0, at: crossed?.at ?? null },
    numbers,
    limits,
    queries: [...facts.queries],
    series,
    gaps: ticks.flatMap(({ n, elapsed_s, problem }) => (problem === null ? [] : [{ tick: n, elapsed_s, problem }])),
    weights: readWeights(entries, trafficAt),
    times: {
      traffic_at: trafficAt?.toISOString() ?? null,
      first_fault_at: faultAt,
      verdict_at: verdictAt,
      weight_zero_at: zeroAt,
      detection_s: secondsBetween(faultAt, verdictAt),
      rollback_s: secondsBetween(verdictAt, zeroAt),
    },
    impact: readImpact(series, limits),
    canary_only_errors: only.errors,
    canary_only_errors_missing: only.missing,
  });
}

function readTests(numbers: Record<string, number | null>, limits: Thresholds): Incident['tests'] {
  const of = (test: Incident['tests'][number]['test'], limit: number) => {
    const lnE = numbers[`ln_e_${test}`] ?? null;
    return { test, ln_e: lnE, fails_from: LN_E_FAIL, limit, crossed: lnE !== null && lnE >= LN_E_FAIL };
  };
  return [
    of('errors', limits.error_rate_threshold),
    of('slow', limits.slow_share_threshold),
    of('relative', limits.relative_tolerance),
  ];
}

function readImpact(series: readonly SeriesPoint[], limits: Thresholds): Incident['impact'] {
  const sum = (of: (point: SeriesPoint) => number) => series.reduce((total, point) => total + of(point), 0);
  const requests = sum(({ canary }) => canary.requests);
  const failed = sum(({ canary }) => canary.errors);
  const controlRequests = sum(({ control }) => control.requests);
  const controlRate = controlRequests === 0 ? 0 : sum(({ control }) => control.errors) / controlRequests;
  const allowed = (requests + controlRequests) * limits.error_rate_threshold;
  return {
    canary_requests: requests,
    failed,
    slow: sum(({ canary }) => canary.slow),
    excess_failed: Math.max(0, failed - controlRate * requests),
    error_budget_spent: allowed === 0 ? null : failed / allowed,
  };
}

function secondsBetween(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}
