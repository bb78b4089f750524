import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { formatTable } from './format-table.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { printJson } from './print-json.ts';

interface ListOptions extends ClientOptions {
  readonly status?: string;
  readonly limit?: string;
}

export function registerNotificationsList(parent: Command, io: CliIo): void {
  const command = parent
    .command('list')
    .summary('list what was to be told outside')
    .description('Lists what was to be told by webhook and Slack, the newest first: rollbacks and reminders.')
    .option('--status <status>', 'only those that are pending, sent, or dead (given up: nobody was told)')
    .option('--limit <n>', 'at most this many');
  addClientOptions(command).action(async ({ status, limit, ...options }: ListOptions) => {
    const filter = { ...(status === undefined ? {} : { status }), ...(limit === undefined ? {} : { limit }) };
    const notifications = await openClient(options, io).listNotifications(filter, io.interrupted());
    if (options.json === true) return printJson(io, { notifications });
    if (notifications.length === 0) return io.err('no notifications\n');
    const rows = notifications.map(({ id, status: state, attempts, resends, created_at, problem }) => [
      id,
      state === 'dead' ? 'given up' : state,
      `${attempts}`,
      `${resends}`,
      created_at.slice(0, 16).replace('T', ' '),
      problem ?? '',
    ]);
    io.out(formatTable(['NOTIFICATION', 'STATE', 'ATTEMPTS', 'RESENT', 'SINCE (UTC)', 'LAST ANSWER'], rows));
  });
}
