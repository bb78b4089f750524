import { type Kysely, sql } from 'kysely';
import type { AuditLog, Recorded } from '../audit/audit-log.ts';
import { TickSample } from '../delivery/judge/tick-sample.ts';
import type { RunId } from '../ids.ts';
import { readSeries } from '../incidents/canary-series.ts';
import type { CanaryCourse } from '../incidents/draw-canary.ts';
import type { Incident } from '../incidents/incident.ts';
import { readIncident, readOpinion } from '../incidents/read-incident.ts';
import type { IncidentOpinion } from '../incidents/render-incident.ts';
import { findTrafficAt, readWeights } from '../incidents/weight-timeline.ts';
import type { Database } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import { readStartLimits } from './start-limits.ts';
import { wholePayload } from './whole-payload.ts';

/** A run's canary, live or over. */
export interface CanaryView {
  readonly course: CanaryCourse;
  /** The facts of its rollback; null when there was none. */
  readonly incident: Incident | null;
  readonly opinion: IncidentOpinion | null;
}

/** Null while nothing of the canary has started. */
export async function viewCanary(
  { db, audit }: { readonly db: Kysely<Database>; readonly audit: AuditLog },
  id: RunId,
): Promise<CanaryView | null> {
  const entries = await audit.list(id);
  const report = findEntry(entries, 'incident_report', 'canary');
  const opinion = findEntry(entries, 'incident_opinion', 'canary');
  const incident = report === undefined ? null : readIncident(await wholePayload(db, report));
  const course = incident ?? (await readCourse(db, entries, id));
  if (course === null) return null;
  const { series, weights, limits } = course;
  const { error_rate_threshold = 1, slow_share_threshold = 1 } = limits;
  return {
    course: { series, weights, limits: { error_rate_threshold, slow_share_threshold } },
    incident,
    opinion: opinion === undefined ? null : readOpinion(await wholePayload(db, opinion)),
  };
}

async function readCourse(
  db: Kysely<Database>,
  entries: readonly Recorded[],
  id: RunId,
): Promise<Pick<Incident, 'series' | 'weights' | 'limits'> | null> {
  const started = findEntry(entries, 'canary_started', 'canary');
  const limits = started === undefined ? null : readStartLimits(started);
  if (limits === null) return null;
  const rows = await db
    .selectFrom('slipway.canary_ticks')
    .select('sample')
    .where('run_id', '=', id)
    .orderBy(sql`n`)
    .execute();
  const ticks = rows.map(({ sample }) => TickSample.parse(sample));
  return {
    series: readSeries(ticks, limits),
    weights: readWeights(entries, findTrafficAt(entries)),
    limits: { ...limits },
  };
}
