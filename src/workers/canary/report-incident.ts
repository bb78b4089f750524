import { buildIncidentRequest } from '../../agents/incident-request.ts';
import { parseAnswer } from '../../agents/parse-answer.ts';
import type { Recorded } from '../../audit/audit-log.ts';
import { totalOf } from '../../incidents/arm-totals.ts';
import { readIncident } from '../../incidents/read-incident.ts';
import { channelsOf } from '../../notifications/channel.ts';
import { putNotifications } from '../../notifications/outbox.ts';
import { wholePayload } from '../../runs/whole-payload.ts';
import { askAgent, changeEcho } from '../ask-agent.ts';
import { type Entered, waiting } from '../enter-stage.ts';
import { readChange } from '../read-change.ts';
import { type StageStep, stop } from '../step.ts';
import type { IncidentPorts } from './incident-ports.ts';
import { recordIncident } from './record-incident.ts';

/** After a rollback: first the facts, at once; then the agent's view of them, marked as opinion. The rollback waits for neither. */
export async function reportIncident(
  ports: IncidentPorts,
  entered: Entered,
  rolledBack: Recorded,
  signal: AbortSignal,
): Promise<StageStep> {
  const { run, record, service } = entered;
  const report = await recordIncident(ports, entered, rolledBack);
  // Each time: who died before it did not put them out.
  await putNotifications(ports.db, run.id, channelsOf(ports.config.env));
  const incident = readIncident(await wholePayload(ports.db, report));
  // A report of an older version, which had its opinion in it.
  if (incident === null) return stop('rolled_back');
  const outcome = await askAgent(ports, run, { stage: 'canary', agent: 'incident', n: 0 }, async (base) => {
    const reading = await readChange(ports.repository, service, ports.config.review, run, signal);
    return buildIncidentRequest({
      ...base,
      service: run.service,
      canary_pct: incident.limits['canary_traffic_initial_pct'] ?? service.limits.canary_traffic_initial_pct,
      reason: rolledBack.entry.rationale,
      thresholds: {
        error_rate: service.limits.error_rate_threshold,
        p99_latency_ms: service.limits.p99_latency_threshold_ms,
      },
      canary: totalOf(incident, 'canary'),
      control: totalOf(incident, 'control'),
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
    event: 'incident_opinion',
    ...(outcome.kind === 'answer' ? { model: outcome.model } : {}),
    rationale:
      answer.kind === 'ok'
        ? `an agent's opinion: ${answer.answer.summary}`.slice(0, 1000)
        : `no opinion: ${answer.reason}`,
    outcome: answer.kind === 'ok' ? 'opinion' : 'inconclusive',
    payload: {
      model: outcome.kind === 'answer' ? outcome.model : null,
      answer: answer.kind === 'ok' ? answer.answer : null,
      missing: answer.kind === 'ok' ? null : answer.reason,
    },
    causation: report.receipt,
  });
  return stop('rolled_back');
}
