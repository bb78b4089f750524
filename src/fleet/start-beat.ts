import { type Kysely, sql } from 'kysely';
import type { Logger } from '../log.ts';
import type { QueueName } from '../queues/registry.ts';
import type { Database } from '../store/tables.ts';
import { clockOffset } from './clock-offset.ts';
import { BEAT_EVERY_MS } from './replica.ts';

export interface BeatSettings {
  readonly db: Kysely<Database>;
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly stages: readonly QueueName[];
  readonly concurrency: number;
  /** Jobs that this replica works on at this moment. */
  readonly active: () => number;
  readonly log: Logger;
  /** The wall clock that the replica goes by, milliseconds since 1970. */
  readonly now: () => number;
}

export interface Beat {
  /** Takes no new work any more: shown as draining, and counted on by nobody. */
  drain(): Promise<void>;
  /** Leaves the registry. */
  close(): Promise<void>;
}

/**
 * Enters this replica into the registry and says every few seconds that it lives. A beat that the store does not take is
 * one that is missed; the next one enters the replica again, whatever was forgotten meanwhile.
 * @throws {StoreDown} when it cannot be entered at all.
 */
export async function startBeat(settings: BeatSettings): Promise<Beat> {
  const { db, id, log, now } = settings;
  let draining = false;
  let closed = false;
  /** What the last beat found; the next one tells it. */
  let offset: number | null = null;
  let beating: Promise<void> = Promise.resolve();

  async function beat(): Promise<void> {
    const state = {
      active: settings.active(),
      draining,
      last_beat: sql<Date>`clock_timestamp()`,
      clock_offset_ms: offset,
    };
    const { host, pid, version, stages, concurrency } = settings;
    const before = now();
    const { last_beat } = await db
      .insertInto('slipway.replicas')
      .values({ id, host, pid, version, stages: JSON.stringify(stages), concurrency, ...state })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(state))
      .returning('last_beat')
      .executeTakeFirstOrThrow();
    offset = clockOffset({ before, database: last_beat.getTime(), after: now() });
  }
  const next = (): Promise<void> => {
    beating = beating
      .then(async () => {
        if (!closed) await beat();
      })
      .catch((error: unknown) => log.warn({ err: error }, 'this replica could not say that it lives'));
    return beating;
  };

  await beat();
  const timer = setInterval(() => void next(), BEAT_EVERY_MS);
  timer.unref();
  return {
    async drain() {
      draining = true;
      await next();
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await beating;
      await db.deleteFrom('slipway.replicas').where('id', '=', id).execute();
    },
  };
}
