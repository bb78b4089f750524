import type { Channel } from './channel.ts';
import { escapeSlack } from './escape-slack.ts';
import type { ToldChange } from './told-change.ts';

/** A question that nobody has answered, as somebody outside is told of it. */
export interface Reminder {
  readonly run_id: string;
  readonly service: string;
  readonly change: ToldChange;
  readonly stage: string;
  /** Codes of why a person is asked. */
  readonly reasons: readonly string[];
  readonly owners: readonly string[];
  /** Since when the question waits, and when it is rejected as expired. */
  readonly opened_at: string;
  readonly deadline_at: string;
  /** When the reminder was recorded, and how long the question waited then, in minutes. */
  readonly reminded_at: string;
  readonly waited_min: number;
}

/** The body for a channel. `runUrl` is null where the server's public address is not configured. Pure. */
export function writeReminder(channel: Channel['name'], reminder: Reminder, runUrl: string | null): string {
  return JSON.stringify(channel === 'slack' ? slackBody(reminder, runUrl) : webhookBody(reminder, runUrl));
}

/** Named as the event is in the events of a run. */
function webhookBody({ reminded_at, ...data }: Reminder, runUrl: string | null) {
  return { type: 'approval.reminded', timestamp: reminded_at, data: { ...data, url: runUrl } };
}

function slackBody(reminder: Reminder, runUrl: string | null) {
  const { service, change, stage, reasons, owners, waited_min, deadline_at } = reminder;
  const what = `${change.repo}#${change.pr_number}`;
  const lines = [
    `*${escapeSlack(service)}: ${escapeSlack(what)} waits for a person since ${waited_min} minutes (${escapeSlack(stage)})*`,
    escapeSlack(change.title),
    `Asked because: ${escapeSlack(reasons.join(', '))}. ${owners.length === 0 ? 'Nobody owns what is changed.' : `Owners: ${escapeSlack(owners.join(', '))}.`}`,
    `Without a decision it is rejected at ${deadline_at}.${runUrl === null ? '' : ` <${runUrl}|The run>`}`,
  ];
  return { text: lines.join('\n') };
}
