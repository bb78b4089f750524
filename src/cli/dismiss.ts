import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import type { CliIo } from './cli-io.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';

interface DismissOptions extends ClientOptions {
  readonly reason: string;
}

export function registerDismiss(parent: Command, io: CliIo): void {
  const command = parent
    .command('dismiss')
    .argument('<run>', 'a run of the pull request', parseRunId)
    .argument('<finding>', 'its fingerprint, or the first 8 digits or more')
    .summary('say that a finding is no problem')
    .description(
      'Records that you take a finding for no problem of this pull request. From the next head on it moves no score; a serious one still asks for a person. Your token must act for a person who had no hand in the change.',
    )
    .requiredOption('--reason <text>', 'why; kept on the record');
  addClientOptions(command).action(async (run: RunId, finding: string, options: DismissOptions) => {
    const answer = await openClient(options, io).dismissFinding(run, finding, options.reason, io.interrupted());
    if (options.json === true) return printJson(io, answer);
    const { path, fingerprint } = answer.finding.finding;
    io.out(`dismissed  ${fingerprint.slice(0, 12)}  ${path}\n`);
  });
}
