import { z } from 'zod';
import { Reason } from '../../audit/reason.ts';
import { NotificationId } from '../../notifications/notification-id.ts';

const NotificationStatus = z.enum(['pending', 'sent', 'dead']);

export const NotificationJson = z
  .object({
    id: NotificationId.describe('As its receiver sees it in `webhook-id`.'),
    run_id: z.string(),
    subject: z.string().describe('`incident`, or `reminder.<stage>.<n>`.'),
    channel: z.enum(['webhook', 'slack']),
    status: NotificationStatus.describe('`dead`: given up, nobody was told.'),
    attempts: z.int(),
    resends: z.int().describe('How often a person had it sent again.'),
    problem: z.string().nullable().describe('What the last attempt was answered.'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Notification', description: 'What was to be told to somebody outside.' });
export type NotificationJson = z.infer<typeof NotificationJson>;

export const NotificationQuery = z.strictObject({
  status: NotificationStatus.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const NotificationPath = z.strictObject({ id: NotificationId });
export const NotificationList = z
  .object({ notifications: z.array(NotificationJson) })
  .meta({ id: 'NotificationList', description: 'The newest first.' });
export const ResendRequest = z
  .strictObject({ reason: Reason })
  .meta({ id: 'ResendRequest', description: 'Why it is sent again; kept on the record.' });
export const ResendAnswer = z.object({ notification: NotificationJson }).meta({ id: 'ResendAnswer' });
