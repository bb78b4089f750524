import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import type { CliIo } from './cli-io.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';

export function registerCancel(parent: Command, io: CliIo): void {
  const command = parent
    .command('cancel')
    .argument('<run>', 'the run', parseRunId)
    .summary('stop a run')
    .description('Stops a run. A canary that has traffic is first taken back to zero.')
    .requiredOption('--reason <text>', 'why; kept on the record');
  addClientOptions(command).action(async (run: RunId, options: ClientOptions & { reason: string }) => {
    const answer = await openClient(options, io).cancel(run, options.reason, io.interrupted());
    if (options.json === true) return printJson(io, answer);
    io.out(answer.status === 'stopping' ? `stopping; follow it with: slipway watch ${run}\n` : 'already finished\n');
  });
}
