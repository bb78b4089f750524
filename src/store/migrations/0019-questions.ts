import { type Kysely, sql } from 'kysely';

/**
 * A stage may ask more than once: a canary that people let go on is asked about again. The row holds the newest question of
 * its stage; each one stands on the record under its own number.
 */
export async function questions(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table slipway.escalations
      add column question integer not null default 0 check (question >= 0)`.execute(db);
}
