import { type Kysely, sql } from 'kysely';

/** How often a person had a notification sent again that was given up. Each time has entries of its own on the record. */
export async function notificationsResent(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table slipway.notifications add column resends integer not null default 0 check (resends >= 0)`.execute(db);
}
