import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import type { StoredFinding } from '../runs/finding-store.ts';
import type { CliIo } from './cli-io.ts';
import { formatTable } from './format-table.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';

export function registerFindings(parent: Command, io: CliIo): void {
  const command = parent
    .command('findings')
    .argument('<run>', 'a run of the pull request', parseRunId)
    .summary('list what was found in a pull request')
    .description('Lists the findings of a run’s pull request over all its heads, with what became of each.');
  addClientOptions(command).action(async (run: RunId, options: ClientOptions) => {
    const findings = await openClient(options, io).readFindings(run, io.interrupted());
    if (options.json === true) return printJson(io, { findings });
    io.out(findings.length === 0 ? 'Nothing was found.\n' : describe(findings));
  });
}

function describe(findings: readonly StoredFinding[]): string {
  const rows = findings.map(({ finding, state, dismissed_by, dismissed_reason }) => [
    finding.fingerprint.slice(0, 12),
    dismissed_by === null ? state : `${state} by ${dismissed_by}: ${dismissed_reason}`,
    finding.severity,
    finding.category,
    finding.line === null ? finding.path : `${finding.path}:${finding.line}`,
    finding.trigger,
  ]);
  return formatTable(['FINDING', 'STATE', 'SEVERITY', 'CATEGORY', 'PLACE', 'WHAT'], rows);
}
