import { z } from 'zod';
import { TrafficSnapshot } from '../metric-source.ts';

/**
 * What one look at the canary found; stored as it is, so that any verdict can be judged again from the record.
 * The first sample is taken right after the weight was set, at `elapsed_s` 0.
 */
export const TickSample = z
  .strictObject({
    n: z.int().min(0),
    at: z.iso.datetime({ precision: 3 }),
    /** Seconds since the canary was given traffic. */
    elapsed_s: z.number().min(0),
    /** Taken while the canary still fills its caches: kept, but not scored. */
    warm_up: z.boolean(),
    /** null = the metrics could not be read; then `problem` says why. Never a row of zeros. */
    snapshot: TrafficSnapshot.nullable(),
    problem: z.string().max(500).nullable(),
    /** The share the canary was to have, percent; absent in a canary that only ever had its initial share. */
    intended_pct: z.number().gt(0).max(100).optional(),
    /** How often a person had asked for one more set of windows when it was taken; absent before the first time. */
    extension: z.int().min(1).optional(),
    /** The share that it waits to be given by a person, percent, having passed at its present one; 100 is production. */
    gate_pct: z.number().gt(0).max(100).optional(),
  })
  .refine((tick) => (tick.snapshot === null) === (tick.problem !== null), {
    error: 'either a snapshot or the problem that prevented it',
  });
export type TickSample = z.infer<typeof TickSample>;
