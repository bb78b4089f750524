import type { Command } from 'commander';
import type { RunId } from '../ids.ts';
import type { CliIo } from './cli-io.ts';
import { addClientOptions, type ClientOptions, openClient } from './open-client.ts';
import { parseRunId } from './parse-run-id.ts';
import { printJson } from './print-json.ts';
import { printable } from './printable.ts';

export function registerAuditShow(parent: Command, io: CliIo): void {
  const command = parent
    .command('show')
    .argument('<run>', 'the run', parseRunId)
    .summary('show the record of a run')
    .description('Shows every entry of a run as it stands in the log: place, time, event, actor, reason.');
  addClientOptions(command).action(async (run: RunId, options: ClientOptions) => {
    const { entries } = await openClient(options, io).readRun(run, io.interrupted());
    if (options.json === true) return printJson(io, { entries });
    for (const { seq, recorded_at, chain_hash, entry } of entries) {
      const score = entry.risk_score === null ? '' : `  risk ${entry.risk_score.toFixed(1)}`;
      const dry = entry.dry_run ? '  [dry run]' : '';
      io.out(
        `${seq.padStart(6)}  ${recorded_at}  ${entry.event}  ${entry.outcome}  ${entry.actor.kind} ${printable(entry.actor.id)}${score}${dry}\n`,
      );
      io.out(`        ${printable(entry.rationale)}\n        chain ${chain_hash}\n`);
    }
  });
}
