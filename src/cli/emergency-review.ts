import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import type { CliIo } from './cli-io.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';

export function registerEmergencyReview(parent: Command, io: CliIo): void {
  const command = parent
    .command('emergency-review')
    .argument('<run>', 'the emergency', parseRunId)
    .summary('record that an emergency was reviewed afterwards')
    .description(
      'Records the review that an emergency owes within 48 hours. Your token must act for a person who neither wrote the change nor called it an emergency.',
    )
    .requiredOption('--reason <text>', 'what you found; kept on the record');
  addClientOptions(command).action(async (run: RunId, options: ClientOptions & { reason: string }) => {
    const answer = await openClient(options, io).reviewEmergency(run, options.reason, io.interrupted());
    if (options.json === true) return printJson(io, answer);
    io.out(`recorded  ${run}\n`);
  });
}
