import { z } from 'zod';
import { IncidentAnswer } from '../../agents/incident-answer.ts';
import { Incident } from '../../incidents/incident.ts';

export const IncidentReport = z
  .object({
    incident: Incident.meta({ id: 'Incident', description: 'Facts from the record and the stored ticks alone.' }),
    opinion: z
      .object({ model: z.string().nullable(), answer: IncidentAnswer.nullable(), missing: z.string().nullable() })
      .nullable()
      .describe('What an agent wrote about it afterwards; nothing rests on it. null until it has.'),
  })
  .meta({ id: 'IncidentReport' });
export type IncidentReport = z.infer<typeof IncidentReport>;
