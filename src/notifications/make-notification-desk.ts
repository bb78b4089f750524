import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import { actorOf } from '../fleet/make-fleet-desk.ts';
import { RunId } from '../ids.ts';
import { readRun } from '../runs/read-run.ts';
import { openRecord } from '../runs/record.ts';
import type { Database } from '../store/tables.ts';
import type { NotificationDesk } from './notification-desk.ts';
import { notificationId, parseNotificationId } from './notification-id.ts';
import type { Notification } from './outbox.ts';

export function makeNotificationDesk({
  db,
  audit,
}: {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
}): NotificationDesk {
  return {
    list: ({ status, limit }) =>
      db
        .selectFrom('slipway.notifications')
        .selectAll()
        .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'dead'))
        .orderBy('created_at', 'desc')
        .limit(limit)
        .execute(),

    /** The order is recorded, then the notifier finds it due. Ordered twice before it was sent it is sent once. */
    async resend(id, reason, caller) {
      const { run_id, subject, channel } = parseNotificationId(id);
      const found = await db
        .selectFrom('slipway.notifications')
        .selectAll()
        .where('run_id', '=', run_id)
        .where('subject', '=', subject)
        .where('channel', '=', channel)
        .executeTakeFirst();
      const run = found === undefined ? null : await readRun(db, RunId.parse(run_id));
      if (found === undefined || run === null) return null;
      const refused = refuse(found);
      if (refused !== null) return { kind: 'refused', ...refused };
      const resends = found.resends + 1;
      await openRecord(audit, run).append({
        stage: 'operator',
        step: `notify.${channel}.${subject}`,
        event: 'notification_resent',
        n: found.resends,
        actor: actorOf(caller),
        rationale: reason,
        outcome: 'again',
        payload: { message_id: notificationId(found), attempts: found.attempts, problem: found.problem },
      });
      await db
        .updateTable('slipway.notifications')
        .set({ status: 'pending', attempts: 0, next_at: new Date(), resends })
        .where('run_id', '=', run_id)
        .where('subject', '=', subject)
        .where('channel', '=', channel)
        .where('resends', '=', found.resends)
        .execute();
      return { kind: 'resent', notification: { ...found, status: 'pending', attempts: 0, resends } };
    },
  };
}

function refuse(found: Notification) {
  switch (found.status) {
    case 'dead':
      return null;
    case 'sent':
      return { why: 'already_taken' as const, detail: `the ${found.channel} took it; nothing is to be sent again` };
    case 'pending':
      return {
        why: 'still_tried' as const,
        detail: `it is not given up: after ${found.attempts} attempts the next one is due at ${found.next_at.toISOString()}`,
      };
  }
}
