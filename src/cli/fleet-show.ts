import type { Command } from 'commander';
import type { CliIo } from './cli-io.ts';
import {
  formatBudgets,
  formatFreezes,
  formatQueues,
  formatReplicas,
  formatSettings,
  showWarnings,
} from './format-fleet.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { printJson } from './print-json.ts';

export function registerFleetShow(parent: Command, io: CliIo): void {
  const command = parent
    .command('show')
    .summary('show replicas, queues and what operators set')
    .description('Shows replicas, queues, and what operators set, by whom and why.');
  addClientOptions(command).action(async (options: ClientOptions) => {
    const fleet = await openClient(options, io).readFleet(io.interrupted());
    if (options.json === true) return printJson(io, fleet);
    showWarnings(fleet, io);
    io.out(
      [
        formatSettings(fleet),
        formatFreezes(fleet),
        formatBudgets(fleet),
        formatQueues(fleet),
        formatReplicas(fleet),
      ].join('\n'),
    );
  });
}
