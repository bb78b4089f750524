import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Config } from '../config/config.ts';
import { RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { eachItem } from '../runs/each-item.ts';
import { lead } from '../runs/lead.ts';
import { readRun } from '../runs/read-run.ts';
import { openRecord } from '../runs/record.ts';
import type { Database } from '../store/tables.ts';
import { type Channel, channelsOf } from './channel.ts';
import { notificationId } from './notification-id.ts';
import { dropNotification, dueNotifications, type Notification, settleNotification } from './outbox.ts';
import { readMatter } from './read-matter.ts';
import { decideRetry } from './retry.decide.ts';
import { sendMessage } from './send-message.ts';

const EVERY_MS = 5_000;

export interface NotifierDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly config: Config;
  readonly log: Logger;
}

/** Sends what is due, on start and every 5 s, on one replica at a time that has channels. */
export function startNotifier(deps: NotifierDeps & { readonly queues: Queues }): {
  readonly close: () => Promise<void>;
} {
  const channels = channelsOf(deps.config.env);
  if (channels.length === 0) return { close: async () => undefined };
  const stopped = new AbortController();
  const leading = lead({
    name: 'notifier',
    everyMs: EVERY_MS,
    redis: deps.queues.redis,
    work: () => sendDue(deps, channels, new Date(), stopped.signal),
    log: deps.log,
  });
  return {
    async close() {
      stopped.abort();
      await leading.close();
    },
  };
}

/**
 * One round. Each message has an intent on the record before it is sent and a receipt or a failure after it. At least once:
 * who dies between sending and the receipt sends again, with the same id, by which a receiver knows the repetition.
 */
export async function sendDue(
  deps: NotifierDeps,
  channels: readonly Channel[],
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const due = await dueNotifications(
    deps.db,
    channels.map(({ name }) => name),
    now,
  );
  await eachItem(deps, due, async (notification) => {
    const channel = channels.find(({ name }) => name === notification.channel);
    if (channel !== undefined && !signal.aborted) await sendOne(deps, channel, notification, now, signal);
  });
}

async function sendOne(
  { db, audit, config, log }: NotifierDeps,
  channel: Channel,
  notification: Notification,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const id = RunId.parse(notification.run_id);
  const run = await readRun(db, id);
  if (run === null) return;
  const record = openRecord(audit, run, config.policy_hash);
  const matter = await readMatter(db, run, record, notification);
  if (matter.kind === 'moot') return dropNotification(db, notification);
  if (matter.kind === 'missing')
    return settleNotification(db, notification, { status: 'dead', problem: matter.problem });
  const body = matter.write(channel.name, config.server.public_url ?? null);
  const message = { id: notificationId(notification), at: now, body };
  const { stage, n } = matter;
  // What was given up and is sent again has entries of its own.
  const again = notification.resends === 0 ? '' : `.${notification.resends}`;
  const step = `notify.${channel.name}${again}`;
  const digest = createHash('sha256').update(body).digest('hex');
  const about = { stage, step, n, causation: matter.cause.receipt };
  const taken = await record.find(stage, step, 'notification.completed', n);
  if (taken !== null) return settleNotification(db, notification, { status: 'sent', problem: null });
  await record.append({
    ...about,
    event: 'notification.intended',
    rationale: `tell the ${channel.name} of ${matter.of}`,
    outcome: 'intended',
    payload: { message_id: message.id, body_sha256: digest },
  });
  const attempts = notification.attempts + 1;
  const sent = await trySending(channel, message, signal);
  if (sent.kind === 'taken') {
    await record.append({
      ...about,
      event: 'notification.completed',
      rationale: `the ${channel.name} took the message at attempt ${attempts}`,
      outcome: 'completed',
      payload: { message_id: message.id, body_sha256: digest, attempts, status: sent.status },
    });
    return settleNotification(db, notification, { status: 'sent', attempts, problem: null });
  }
  const { problem } = sent;
  const decision = decideRetry(attempts);
  const about_it = { run: run.id, channel: channel.name, attempts, problem };
  if (decision.kind === 'again') {
    log.warn(about_it, 'a notification was not taken, it is tried again');
    const next_at = new Date(now.getTime() + decision.inS * 1000);
    return settleNotification(db, notification, { attempts, next_at, problem });
  }
  await record.append({
    ...about,
    event: 'notification.failed',
    rationale: `the ${channel.name} took no message in ${attempts} attempts: ${problem}`,
    outcome: 'failed',
    payload: { message_id: message.id, attempts, problem },
  });
  await settleNotification(db, notification, { status: 'dead', attempts, problem });
  log.error(about_it, 'a notification was given up: nobody was told');
}

type Sent =
  | { readonly kind: 'taken'; readonly status: number }
  | { readonly kind: 'refused'; readonly problem: string };

/** A fleet that stops has not been refused: that attempt does not count. */
async function trySending(
  channel: Channel,
  message: Parameters<typeof sendMessage>[1],
  signal: AbortSignal,
): Promise<Sent> {
  try {
    return { kind: 'taken', ...(await sendMessage(channel, message, signal)) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: 'refused', problem: error instanceof Error ? error.message : 'unknown' };
  }
}
