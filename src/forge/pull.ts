import { z } from 'zod';
import { Sha } from '../ids.ts';

/** A pull request as the REST API lists it: only what is read here. */
export const Pull = z.object({
  number: z
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  state: z.enum(['open', 'closed']),
  title: z.string(),
  draft: z.boolean().default(false),
  user: z.object({ login: z.string().min(1).max(200) }).nullable(),
  head: z.object({ sha: Sha }),
  base: z.object({ ref: z.string().min(1) }),
  /** Moves with every push, and with comments too. */
  updated_at: z.iso.datetime({ offset: true }),
});
export type Pull = z.infer<typeof Pull>;

/** Asked about alone, it also says how it ended. */
export const WholePull = Pull.extend({
  merged: z.boolean(),
  closed_at: z.iso.datetime({ offset: true }).nullable(),
});
export type WholePull = z.infer<typeof WholePull>;
