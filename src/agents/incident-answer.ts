import { z } from 'zod';
import { ChangeEcho } from './change-echo.ts';

/** A report about a canary that was rolled back already. Nothing acts on it. */
export const IncidentAnswer = z.strictObject({
  change_echo: ChangeEcho,
  summary: z.string().min(1).max(4000),
  probable_cause: z.string().min(1).max(4000),
  contributing: z.array(z.string().max(500)).max(20),
  recommendation: z.string().min(1).max(4000),
});
export type IncidentAnswer = z.infer<typeof IncidentAnswer>;
