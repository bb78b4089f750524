import { type Kysely, sql } from 'kysely';

/** A question that still waits is told of too: a subject of its own for each stage and reminder. */
export async function remindersTold(db: Kysely<unknown>): Promise<void> {
  await sql`alter table slipway.notifications drop constraint notifications_subject_check`.execute(db);
  await sql`
    alter table slipway.notifications add constraint notifications_subject_check
      check (subject = 'incident' or subject ~ '^reminder[.](review|test-gen|staging|canary|release)[.][0-9]{1,3}$')`.execute(
    db,
  );
}
