import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import { addClientOptions, openClient } from './open-client.ts';
import { printJson } from './print-json.ts';
import type { OrderOptions } from './send-order.ts';

export function registerNotificationsResend(parent: Command, io: CliIo): void {
  const command = parent
    .command('resend')
    .argument('<id>', 'the notification, as `slipway notifications list` shows it')
    .summary('send a notification again that was given up')
    .description(
      'Has a notification sent again that was given up, with the id it had, and with all its attempts. Who ordered it, its intent and its receipt are on the record of its run.',
    )
    .requiredOption('--reason <text>', 'why; kept on the record');
  addClientOptions(command).action(async (id: string, options: OrderOptions) => {
    const answer = await openClient(options, io).resendNotification(id, options.reason, io.interrupted());
    if (options.json === true) return printJson(io, answer);
    io.out('it is sent again within seconds; `slipway notifications list` says what came of it\n');
  });
}
