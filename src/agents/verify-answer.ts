import { z } from 'zod';
import { ChangeEcho } from './change-echo.ts';

/** A second opinion on one finding. `unconfirmed` takes it out of the score; a serious one still asks for a person. */
export const VerifyAnswer = z.strictObject({
  change_echo: ChangeEcho,
  verdict: z.enum(['confirmed', 'unconfirmed']),
  reasoning: z.string().min(1).max(2000),
});
export type VerifyAnswer = z.infer<typeof VerifyAnswer>;
