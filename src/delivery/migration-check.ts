import { z } from 'zod';

const Step = z.strictObject({
  /** base_up on the target branch's tree; the others on the merge's. */
  name: z.enum(['base_up', 'up', 'down', 'up_again']),
  /** How the program ended: `exit code 1`, `timed out`. */
  ended: z.string(),
  ok: z.boolean(),
  /** The end of what it wrote. */
  output: z.string(),
  duration_ms: z.int(),
});
export type MigrationStep = z.infer<typeof Step>;

/** The longest that a step kept others from a table that was there before it. */
export const LockSeen = z.strictObject({
  step: Step.shape.name,
  table: z.string(),
  mode: z.string(),
  statement: z.string(),
  held_ms: z.number(),
  /** It was ended because it held the lock for longer than max_lock_s. */
  ended: z.boolean(),
});
export type LockSeen = z.infer<typeof LockSeen>;

/** What became of a change's migrations on a scratch database: base up, up, down, up again. */
export const MigrationCheck = z.strictObject({
  outcome: z.enum(['passed', 'failed', 'not_run']),
  /** For people; what failed, with statement or output. */
  text: z.string(),
  steps: z.array(Step),
  /** Lines of the canonical schema: `-` was there before and is not after, `+` the reverse. */
  differences: z.array(z.string()),
  lock: LockSeen.nullable(),
  /** SHA-256 of the canonical schema before and after the change's migrations. */
  schema: z.strictObject({ base: z.string(), head: z.string() }).nullable(),
});
export type MigrationCheck = z.infer<typeof MigrationCheck>;
