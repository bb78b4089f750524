import { z } from 'zod';

/** What became of earlier changes of the people behind this one, within the configured window. Dry runs do not count. */
export const AuthorRecord = z.strictObject({
  window_days: z.int(),
  /** Deployed and not rolled back. Of several people the one with the fewest. */
  deployed: z.int().min(0),
  /** Of several people the one with the most, and so for rejections. */
  rolled_back: z.int().min(0),
  rejected: z.int().min(0),
  /** Whether everybody who touched the change is a person of the configuration: only then can a record earn anything. */
  known: z.boolean(),
  /** Rolled back changes of the service, whoever wrote them. */
  service_rollbacks: z.int().min(0),
});
export type AuthorRecord = z.infer<typeof AuthorRecord>;
