import { z } from 'zod';
import { StoredReceipt } from '../audit/stored-receipt.ts';
import { RunId } from '../ids.ts';

export const ZeroCause = z.enum(['no_tick', 'store_silent', 'handed_over']);
/**
 * `no_tick`: the record shows that nobody looked at the canary. `store_silent`: the record could not be asked. `handed_over`: its
 * worker could take it out in no way.
 */
export type ZeroCause = z.infer<typeof ZeroCause>;

/** What the guard did to a canary, until the record has it. */
export const Zeroed = z.strictObject({
  at: z.iso.datetime({ precision: 3 }),
  cause: ZeroCause,
  /** For how long nobody was known to watch it, seconds. */
  unwatched_s: z.number().min(0),
  /** Share of traffic that it had; null when that could not be read. */
  from_pct: z.number().min(0).max(100).nullable(),
  /** It was stopped, because the balancer could not be told. */
  by: z.enum(['weight', 'stop']),
  recorded: z.boolean(),
});
export type Zeroed = z.infer<typeof Zeroed>;

/** One canary that has traffic or may have it, with all that is needed to take it out while nothing can be asked. */
export const GuardedCanary = z.strictObject({
  run_id: RunId,
  service: z.string().min(1),
  /** Token of the lease under which it runs. */
  fence: z.string().regex(/^\d+$/),
  /** Of `canary_started`: from there on taking it to zero is authorised. */
  started: StoredReceipt,
  /** Its weight was intended: it may have traffic. */
  traffic: z.boolean(),
  /** It passed and is being made production, which may take longer than a tick. */
  promoting: z.boolean(),
  /** How long nobody may watch it, milliseconds. */
  limit_ms: z.number().positive(),
  /** When it was last known to be watched, by this machine's clock; a restart counts from here. */
  watched_at: z.iso.datetime({ precision: 3 }),
  zeroed: Zeroed.nullable(),
});
export type GuardedCanary = z.infer<typeof GuardedCanary>;

/** All that a guard remembers. */
export const GuardState = z.strictObject({
  v: z.literal(1),
  guard_id: z.uuid(),
  /** Grows with every write: of two copies the higher one is the newer. */
  generation: z.int().min(0),
  canaries: z.array(GuardedCanary),
});
export type GuardState = z.infer<typeof GuardState>;
