import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import type { CliIo } from './cli-io.ts';
import { addClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';
import type { OrderOptions } from './send-order.ts';

export function registerFleetFront(parent: Command, io: CliIo): void {
  const command = parent
    .command('front')
    .argument('<run>', 'the run', parseRunId)
    .summary('move a run to the front')
    .description(
      'Moves a run to the front of its queues, of the agents and of the leases it waits for. Nothing under way is disturbed.',
    )
    .requiredOption('--reason <text>', 'why; kept on the record');
  addClientOptions(command).action(async (run: RunId, options: OrderOptions) => {
    const answer = await openClient(options, io).front(run, options.reason, io.interrupted());
    if (options.json === true) return printJson(io, answer);
    io.out(answer.status === 'moved' ? 'first in line\n' : 'already finished\n');
  });
}
