import { z } from 'zod';
import { ReportedFinding } from '../policy/finding.ts';
import { ChangeEcho } from './change-echo.ts';

/** What the reviewer may say: problems, no score and no verdict. Those are computed from the problems. */
export const ReviewAnswer = z.strictObject({
  change_echo: ChangeEcho,
  findings: z.array(ReportedFinding).max(100),
  rationale: z
    .string()
    .min(1)
    .max(4000)
    .describe('What was looked at and why it is or is not a risk; under 300 words.'),
});
export type ReviewAnswer = z.infer<typeof ReviewAnswer>;
