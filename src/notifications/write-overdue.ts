import type { Channel } from './channel.ts';
import { escapeSlack } from './escape-slack.ts';
import type { ToldChange } from './told-change.ts';

/** An emergency that nobody reviewed in time, as somebody outside is told of it. */
export interface OverdueReview {
  readonly run_id: string;
  readonly service: string;
  readonly change: ToldChange;
  readonly emergency_by: string | null;
  readonly emergency_reason: string | null;
  readonly outcome: string | null;
  readonly due_at: string;
  /** When it was recorded that the review is late. */
  readonly overdue_at: string;
}

/** The body for a channel. `runUrl` is null where the server's public address is not configured. Pure. */
export function writeOverdue(channel: Channel['name'], overdue: OverdueReview, runUrl: string | null): string {
  return JSON.stringify(channel === 'slack' ? slackBody(overdue, runUrl) : webhookBody(overdue, runUrl));
}

function webhookBody({ overdue_at, ...data }: OverdueReview, runUrl: string | null) {
  return { type: 'emergency.review_overdue', timestamp: overdue_at, data: { ...data, url: runUrl } };
}

function slackBody(overdue: OverdueReview, runUrl: string | null) {
  const { service, change, emergency_by, emergency_reason, due_at } = overdue;
  const what = `${change.repo}#${change.pr_number}`;
  const lines = [
    `*${escapeSlack(service)}: the emergency ${escapeSlack(what)} was not reviewed by ${due_at}*`,
    escapeSlack(change.title),
    `Called by ${escapeSlack(emergency_by ?? 'nobody known')}: ${escapeSlack(emergency_reason ?? '')}`,
    `Somebody who neither wrote, called nor approved it has to look.${runUrl === null ? '' : ` <${runUrl}|The run>`}`,
  ];
  return { text: lines.join('\n') };
}
