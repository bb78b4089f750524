import { z } from 'zod';
import { IncidentAnswer } from '../agents/incident-answer.ts';
import { Incident } from './incident.ts';
import type { IncidentOpinion } from './render-incident.ts';

const Report = z.object({ incident: Incident });
const Opinion = z.object({
  model: z.string().nullable(),
  answer: IncidentAnswer.nullable(),
  missing: z.string().nullable(),
});

/** From the whole payload of `incident_report`; null for a report of another version. */
export function readIncident(payload: unknown): Incident | null {
  return Report.safeParse(payload).data?.incident ?? null;
}

/** From the whole payload of `incident_opinion`. */
export function readOpinion(payload: unknown): IncidentOpinion | null {
  return Opinion.safeParse(payload).data ?? null;
}
