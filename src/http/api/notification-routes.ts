import type { Request, RequestHandler, Response } from 'express';
import type { NotificationDesk } from '../../notifications/notification-desk.ts';
import { notificationId } from '../../notifications/notification-id.ts';
import type { Notification } from '../../notifications/outbox.ts';
import { requireBearer } from '../authenticate.ts';
import { parseInput } from '../parse-input.ts';
import { ProblemError } from '../problem-error.ts';
import { type ApiRoute, jsonResponse, problemResponses } from './api-route.ts';
import {
  type NotificationJson,
  NotificationList,
  NotificationPath,
  NotificationQuery,
  ResendAnswer,
  ResendRequest,
} from './notification-schemas.ts';
import { guard } from './run-routes.ts';

/** What was to be told outside, and an operator's order to tell again what was given up. */
export function makeNotificationRoutes(deps: {
  notifications: NotificationDesk;
  readJson: RequestHandler;
}): ApiRoute[] {
  const { notifications } = deps;

  async function list(req: Request, res: Response): Promise<void> {
    requireBearer(req, 'read');
    const { status, limit } = parseInput(NotificationQuery, req.query);
    const found = await notifications.list({ limit, ...(status === undefined ? {} : { status }) });
    res.json({ notifications: found.map(toJson) });
  }

  async function resend(req: Request, res: Response): Promise<void> {
    const caller = requireBearer(req, 'admin');
    const { id } = parseInput(NotificationPath, req.params, 404);
    const { reason } = parseInput(ResendRequest, req.body);
    const result = await notifications.resend(id, reason, caller);
    if (result === null) throw new ProblemError(404, 'no_such_notification', `There is no notification ${id}.`);
    if (result.kind === 'refused') throw new ProblemError(409, result.why, result.detail);
    res.json({ notification: toJson(result.notification) });
  }

  return [
    {
      method: 'get',
      path: '/v1/notifications',
      handlers: [guard('read'), list],
      doc: {
        summary: 'List what was to be told outside',
        description: 'Rollbacks and reminders, for each channel. Scope: read.',
        requestParams: { query: NotificationQuery },
        responses: {
          ...problemResponses(400, 401, 403, 503),
          '200': jsonResponse('The notifications.', NotificationList),
        },
      },
    },
    {
      method: 'post',
      path: '/v1/notifications/:id/resend',
      handlers: [guard('admin'), deps.readJson, resend],
      doc: {
        summary: 'Send a notification again that was given up',
        description: 'Recorded with who ordered it and why; sent with the id that it had. Scope: admin.',
        requestParams: { path: NotificationPath },
        requestBody: { required: true, content: { 'application/json': { schema: ResendRequest } } },
        responses: {
          ...problemResponses(400, 401, 403, 404, 409, 413, 415, 503),
          '200': jsonResponse('The order stands on the record; it is sent within seconds.', ResendAnswer),
        },
      },
    },
  ];
}

function toJson(notification: Notification): NotificationJson {
  const { run_id, subject, channel, status, attempts, resends, problem, created_at } = notification;
  const id = notificationId(notification);
  return { id, run_id, subject, channel, status, attempts, resends, problem, created_at: created_at.toISOString() };
}
