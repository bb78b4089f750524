import { z } from 'zod';
import { ChangeEcho } from './change-echo.ts';

/** A second look at measurements that the gates have passed already: it can stop the change, not let it go on. */
export const ValidationAnswer = z.strictObject({
  change_echo: ChangeEcho,
  healthy: z.boolean(),
  regressions: z.array(z.string().max(500)).max(50),
  proceed: z.boolean(),
  reasoning: z.string().min(1).max(4000),
});
export type ValidationAnswer = z.infer<typeof ValidationAnswer>;
