import { z } from 'zod';

/** Which change an agent was asked about; it has to say it back, so that an answer cannot be taken for another's. */
export const ChangeEcho = z.strictObject({ pr_number: z.int(), head_sha: z.string() });
export type ChangeEcho = z.infer<typeof ChangeEcho>;
