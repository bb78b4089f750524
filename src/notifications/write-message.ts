import type { Incident } from '../incidents/incident.ts';
import { runbookAddress } from '../incidents/runbook-address.ts';
import type { Channel } from './channel.ts';
import { escapeSlack } from './escape-slack.ts';

/** The body for a channel. `serverUrl` is null where the server's public address is not configured. Pure. */
export function writeMessage(channel: Channel['name'], incident: Incident, serverUrl: string | null): string {
  return JSON.stringify(channel === 'slack' ? slackBody(incident, serverUrl) : webhookBody(incident, serverUrl));
}

/** Without the series, which can be long: the report has them. */
function webhookBody(incident: Incident, serverUrl: string | null) {
  const { run_id, service, change, verdict, cause, why, runbook, times, impact, first_crossing } = incident;
  const { repo, pr_number, author, title, head_sha } = change;
  return {
    type: 'canary.rolled_back',
    timestamp: incident.opened_at,
    data: {
      run_id,
      service,
      change: { repo, pr_number, author, title, head_sha },
      verdict,
      cause,
      why,
      runbook,
      runbook_url: serverUrl === null ? null : runbookAddress(runbook, serverUrl),
      first_crossing,
      times,
      impact,
      url: serverUrl === null ? null : `${serverUrl}/runs/${run_id}`,
    },
  };
}

function slackBody({ run_id, service, change, cause, why, impact, runbook }: Incident, serverUrl: string | null) {
  const what = `${change.repo}#${change.pr_number}`;
  const lines = [
    `*${escapeSlack(service)}: canary of ${escapeSlack(what)} rolled back (${escapeSlack(cause)})*`,
    escapeSlack(why),
    `${impact.failed} of ${impact.canary_requests} canary requests failed, ${impact.slow} were slow. Traffic is at 0.`,
    serverUrl === null
      ? escapeSlack(runbook)
      : `<${serverUrl}/runs/${run_id}|The run> · <${runbookAddress(runbook, serverUrl) ?? serverUrl}|What to do>`,
  ];
  return { text: lines.join('\n') };
}
