import { z } from 'zod';
import { ReportedFinding } from '../policy/finding.ts';
import { ChangeEcho } from './change-echo.ts';

/** The attempt to show that a change is unsafe. Any reason from medium on sends it to a person. */
export const ScepticAnswer = z.strictObject({
  change_echo: ChangeEcho,
  refuted: z.boolean(),
  reasons: z.array(ReportedFinding).max(20),
  reasoning: z.string().min(1).max(4000),
});
export type ScepticAnswer = z.infer<typeof ScepticAnswer>;
