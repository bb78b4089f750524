import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../store/tables.ts';
import type { Channel } from './channel.ts';

export type Notification = Selectable<Database['slipway.notifications']>;

/** Puts what happened out for each channel, once; again is no harm. Whoever records it calls this. */
export async function putNotifications(
  db: Kysely<Database>,
  runId: string,
  channels: readonly Channel[],
  subject: Notification['subject'] = 'incident',
): Promise<void> {
  if (channels.length === 0) return;
  await db
    .insertInto('slipway.notifications')
    .values(channels.map(({ name }) => ({ run_id: runId, subject, channel: name })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** What is due on these channels, the oldest first. */
export function dueNotifications(
  db: Kysely<Database>,
  channels: readonly Channel['name'][],
  now: Date,
): Promise<Notification[]> {
  return db
    .selectFrom('slipway.notifications')
    .selectAll()
    .where('status', '=', 'pending')
    .where('channel', 'in', channels)
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(50)
    .execute();
}

/** What came of an attempt. */
export async function settleNotification(
  db: Kysely<Database>,
  { run_id, subject, channel }: Notification,
  change: Partial<Pick<Notification, 'status' | 'attempts' | 'next_at' | 'problem'>>,
): Promise<void> {
  await db
    .updateTable('slipway.notifications')
    .set(change)
    .where('run_id', '=', run_id)
    .where('subject', '=', subject)
    .where('channel', '=', channel)
    .execute();
}

/** What nobody needs to be told any more, since it was settled before it was sent. */
export async function dropNotification(
  db: Kysely<Database>,
  { run_id, subject, channel }: Notification,
): Promise<void> {
  await db
    .deleteFrom('slipway.notifications')
    .where('run_id', '=', run_id)
    .where('subject', '=', subject)
    .where('channel', '=', channel)
    .execute();
}
