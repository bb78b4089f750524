import { z } from 'zod';
import type { Recorded } from '../../audit/audit-log.ts';
import { SlipwayFile, type Thresholds } from '../../config/schema.ts';
import type { TickSample } from '../../delivery/judge/tick-sample.ts';
import { buildIncident } from '../../incidents/build-incident.ts';
import { describeQueries } from '../../incidents/describe-queries.ts';
import { findEntry } from '../../runs/authorise.ts';
import { wholePayload } from '../../runs/whole-payload.ts';
import type { Entered, StagePorts } from '../enter-stage.ts';
import { readTicks } from './canary-tick.ts';

const Manifest = z.object({ manifest: z.array(z.object({ path: z.string() })) });

/**
 * The facts of a rollback, on the record at once: they come from the record and the stored ticks alone and wait for no
 * agent, repository or metric store. First writer wins, so the report is of the moment after the rollback.
 */
export async function recordIncident(
  ports: StagePorts,
  { run, record, service }: Entered,
  rolledBack: Recorded,
): Promise<Recorded> {
  const existing = await record.find('canary', 'incident', 'incident_report');
  if (existing) return existing;
  const [entries, ticks] = await Promise.all([record.list(), readTicks(ports, run.id)]);
  const incident = buildIncident({
    run,
    entries,
    rolledBack,
    ticks,
    limits: readLimits(entries, service.limits),
    files: await readFiles(ports, entries),
    queries: describeQueries(service.delivery, { production: productionOf(ticks), canary: run.artifact }),
    now: ports.now(),
  });
  return record.append({
    stage: 'canary',
    step: 'incident',
    event: 'incident_report',
    rationale: `${incident.cause}: ${incident.why}`.slice(0, 1000),
    outcome: 'reported',
    payload: { cause: incident.cause, runbook: incident.runbook, incident },
    causation: rolledBack.receipt,
  });
}

/** Those that stand in `canary_started`: the configuration may be another one by now. */
function readLimits(entries: readonly Recorded[], configured: Thresholds): Thresholds {
  const started = findEntry(entries, 'canary_started', 'canary');
  const parsed = SlipwayFile.shape.thresholds.safeParse(started?.entry.payload['limits']);
  return parsed.success ? parsed.data : configured;
}

async function readFiles(ports: StagePorts, entries: readonly Recorded[]): Promise<string[]> {
  const review = findEntry(entries, 'review_evaluation');
  if (review === undefined) return [];
  const parsed = Manifest.safeParse(await wholePayload(ports.db, review));
  return parsed.success ? parsed.data.manifest.map(({ path }) => path) : [];
}

function productionOf(ticks: readonly TickSample[]): string | null {
  return ticks.find(({ snapshot }) => snapshot !== null)?.snapshot?.control.version ?? null;
}
