import { type ArmTotals, buildIncidentRequest } from '../agents/incident-request.ts';
import { parseAnswer } from '../agents/parse-answer.ts';
import type { Recorded } from '../audit/audit-log.ts';
import type { TickSample } from '../delivery/judge/tick-sample.ts';
import type { ArmCounters } from '../delivery/metric-source.ts';
import { type AskPorts, askAgent, changeEcho } from './ask-agent.ts';
import { readTicks } from './canary-watch.ts';
import { type Entered, waiting } from './enter-stage.ts';
import { type ReadingRepository, readChange } from './read-change.ts';
import { type StageStep, stop } from './step.ts';

export interface IncidentPorts extends AskPorts {
  readonly repository: ReadingRepository;
}

/** After a rollback: what happened in numbers, and the agent's view of it, marked as opinion. The rollback never waits for this. */
export async function reportIncident(
  ports: IncidentPorts,
  entered: Entered,
  rolledBack: Recorded,
  signal: AbortSignal,
): Promise<StageStep> {
  const { run, record, service } = entered;
  const ticks = await readTicks(ports, run.id);
  const totals = { canary: armTotals(ticks, 'canary'), control: armTotals(ticks, 'control') };
  const outcome = await askAgent(ports, run, { stage: 'canary', agent: 'incident', n: 0 }, async (base) => {
    const reading = await readChange(ports.repository, service, ports.config.review, run, signal);
    return buildIncidentRequest({
      ...base,
      service: run.service,
      canary_pct: service.limits.canary_traffic_initial_pct,
      reason: rolledBack.entry.rationale,
      thresholds: {
        error_rate: service.limits.error_rate_threshold,
        p99_latency_ms: service.limits.p99_latency_threshold_ms,
      },
      ...totals,
      timeline: (await record.list())
        .filter((e) => e.entry.stage === 'canary')
        .map((e) => ({ at: e.entry.timestamp, note: `${e.entry.event}: ${e.entry.rationale}` })),
      files: reading.inspection.files,
      diff: reading.diff ?? '',
    });
  });
  if (outcome.kind === 'waiting')
    return waiting(ports, run, { kind: 'await_children', children: [outcome.child], why: 'for the incident analysis' });
  const answer = outcome.kind === 'answer' ? parseAnswer('incident', outcome.text, changeEcho(run)) : outcome;
  await record.append({
    stage: 'canary',
    step: 'incident',
    event: 'incident_report',
    ...(outcome.kind === 'answer' ? { model: outcome.model } : {}),
    rationale: `${rolledBack.entry.outcome}: ${rolledBack.entry.rationale}`.slice(0, 1000),
    outcome: 'reported',
    payload: {
      cause: rolledBack.entry.outcome,
      numbers: rolledBack.entry.payload['numbers'] ?? null,
      weight_zero_at: rolledBack.entry.payload['weight_zero_at'] ?? null,
      ...totals,
      change: { title: run.title, author: run.author, merge_sha: run.merge_sha },
      opinion: answer.kind === 'ok' ? answer.answer : null,
      opinion_missing: answer.kind === 'ok' ? null : answer.reason,
    },
    causation: rolledBack.receipt,
  });
  return stop('rolled_back');
}

/** What a version did from the first to the last look at it. */
function armTotals(ticks: readonly TickSample[], arm: 'canary' | 'control'): ArmTotals {
  const seen = ticks.flatMap((tick) => tick.snapshot?.[arm] ?? []);
  const [first] = seen;
  const last = seen.at(-1);
  if (first === undefined || last === undefined)
    return { requests: 0, errors: 0, error_rate: 0, slow: 0, slow_rate: 0, p99_ms: null, up: false };
  const requests = Math.max(0, last.total - first.total);
  const errors = Math.max(0, last.errors - first.errors);
  const slow = Math.max(0, last.slow - first.slow);
  return {
    requests,
    errors,
    error_rate: rate(errors, requests),
    slow,
    slow_rate: rate(slow, requests),
    p99_ms: p99Of(last),
    up: last.up,
  };
}

function rate(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Upper edge of the bucket that holds the 99th percentile; null above the last finite edge. */
function p99Of(arm: ArmCounters): number | null {
  const wanted = arm.total * 0.99;
  return arm.histogram.find((bucket) => bucket.count >= wanted)?.le_ms ?? null;
}
