import { type Kysely, sql } from 'kysely';
import { QUEUE_NAMES } from '../queues/registry.ts';
import type { Database } from '../store/tables.ts';
import { FORGOTTEN_AFTER_S, LOST_AFTER_S, type Replica } from './replica.ts';

/** Every replica that is known, the longest running first. Judged by the database's clock, which wrote the beats. @throws {StoreDown} */
export async function readReplicas(db: Kysely<Database>): Promise<Replica[]> {
  const rows = await db
    .selectFrom('slipway.replicas')
    .selectAll()
    .select(sql<boolean>`last_beat < clock_timestamp() - make_interval(secs => ${LOST_AFTER_S})`.as('lost'))
    .orderBy('started_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    host: row.host,
    pid: row.pid,
    version: row.version,
    // A replica of a newer version may serve a queue that this one does not know.
    stages: QUEUE_NAMES.filter((queue) => row.stages.includes(queue)),
    concurrency: row.concurrency,
    active: row.active,
    state: row.lost ? 'lost' : row.draining ? 'draining' : 'live',
    startedAt: row.started_at,
    lastBeat: row.last_beat,
    clockOffsetMs: row.clock_offset_ms,
  }));
}

/** For the sweeper. @throws {StoreDown} */
export async function forgetReplicas(db: Kysely<Database>): Promise<void> {
  await db
    .deleteFrom('slipway.replicas')
    .where(sql<boolean>`last_beat < clock_timestamp() - make_interval(secs => ${FORGOTTEN_AFTER_S})`)
    .execute();
}
