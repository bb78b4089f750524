import { type Kysely, sql } from 'kysely';

/** How far a replica's wall clock is at least off the database's, milliseconds; null until its second beat, and for older replicas. */
export async function replicaClocks(db: Kysely<unknown>): Promise<void> {
  await sql`alter table slipway.replicas add column clock_offset_ms integer`.execute(db);
}
