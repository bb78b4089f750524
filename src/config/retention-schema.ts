import { z } from 'zod';

/** How long what is not the record is kept. */
export const Retention = z.strictObject({
  flows_h: z
    .number()
    .min(0.1)
    .max(8760)
    .default(24)
    .describe('How long the jobs of a finished run stay in Redis, where Bull Board shows them.'),
  rows_days: z
    .number()
    .min(1)
    .max(3650)
    .default(90)
    .describe(
      'How long agent calls, canary ticks, parts of stagings and past days’ budgets of finished runs stay. The record itself always stays.',
    ),
  blobs_days: z
    .number()
    .min(1)
    .max(3650)
    .default(7)
    .describe('When a blob that nothing refers to is removed. What the record refers to always stays.'),
  artifacts_h: z
    .number()
    .min(1)
    .max(8760)
    .default(72)
    .describe('How long a replica keeps a laid-out merge that no live run names and no target runs.'),
  mirrors_days: z
    .number()
    .min(1)
    .max(3650)
    .default(90)
    .describe(
      'How long a git mirror keeps the commits of finished runs, and the mirror of a repository that is not configured any more. They can be fetched again.',
    ),
});
