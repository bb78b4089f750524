import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import { renderIncident } from '../incidents/render-incident.ts';
import type { CliIo } from './cli-io.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';

export function registerIncidentShow(parent: Command, io: CliIo): void {
  const command = parent
    .command('show')
    .argument('<run>', 'the run', parseRunId)
    .summary('show why a canary was rolled back')
    .description(
      'Shows the incident report of a run whose canary was rolled back, as Markdown: cause, tests, series of both arms, weights, times, what it cost, and an agent’s opinion marked as such.',
    );
  addClientOptions(command).action(async (run: RunId, options: ClientOptions) => {
    const client = openClient(options, io);
    const report = await client.readIncident(run, io.interrupted());
    if (options.json === true) return printJson(io, report);
    for (const line of renderIncident(report.incident, report.opinion, client.serverUrl).split('\n'))
      io.out(`${printable(line)}\n`);
  });
}
