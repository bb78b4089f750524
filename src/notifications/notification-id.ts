import { z } from 'zod';
import type { Notification } from './outbox.ts';

type Key = Pick<Notification, 'run_id' | 'subject' | 'channel'>;

const ID = /^([0-9a-f]{32})\.(incident|reminder\.[a-z-]+\.\d{1,3})\.(webhook|slack)$/;

/** What a notification is called: to its receiver, who knows a repetition by it, on the record, and to people. */
export function notificationId({ run_id, subject, channel }: Key): string {
  return `${run_id}.${subject}.${channel}`;
}

export const NotificationId = z
  .string()
  .regex(ID, 'must be the id of a notification, as `slipway notifications list` shows it');

/** @throws for what `NotificationId` refuses. */
export function parseNotificationId(id: string): Key {
  const [, run_id = '', subject = '', channel] = ID.exec(NotificationId.parse(id)) ?? [];
  return {
    run_id,
    subject: subject === 'incident' ? subject : `reminder.${subject.slice('reminder.'.length)}`,
    channel: channel === 'slack' ? 'slack' : 'webhook',
  };
}
