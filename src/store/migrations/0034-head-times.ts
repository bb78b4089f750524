import { type Kysely, sql } from 'kysely';

/** When the forge says that a pull request had a run's head: it orders heads that were pushed back and forth. */
export async function headTimes(db: Kysely<unknown>): Promise<void> {
  await sql`alter table slipway.runs add column head_at timestamptz`.execute(db);
}
