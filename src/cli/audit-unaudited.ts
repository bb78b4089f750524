import type { Command } from 'commander';
import { makeLogger } from '../log.ts';
import { openGit } from '../open-git.ts';
import { compareDue } from '../runs/watch-branches.ts';
import type { CliIo } from './cli-io.ts';
import { EXIT } from './exit-code-of.ts';
import { formatTable } from './format-table.ts';
import { printJson } from './print-json.ts';
import { type ConfigOption, withCore } from './with-stores.ts';

interface UnauditedOptions extends ConfigOption {
  readonly compare?: boolean;
  readonly json?: boolean;
}

export function registerAuditUnaudited(parent: Command, io: CliIo): void {
  parent
    .command('unaudited')
    .summary('list commits of target branches that no run brought')
    .description(
      'Lists the commits that a comparison of the target branches with the record found: pushed by nobody’s run. Workers compare daily; --compare does it now, on this machine. Exit 1 when there are any.',
    )
    .option('--compare', 'compare now, whenever the last comparison was')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action((options: UnauditedOptions) =>
      withCore(options, async (core, config) => {
        const log = makeLogger({ name: 'cli', level: 'warn' });
        if (options.compare === true) {
          const repository = openGit(config, log);
          const results = await compareDue({ ...core, config, repository, log }, new Date(), io.interrupted(), 0);
          for (const [service, result] of results) io.err(`${service}: ${describe(result)}\n`);
        }
        const found = await core.db.selectFrom('slipway.unaudited').selectAll().orderBy('found_at').execute();
        const watched = await core.db.selectFrom('slipway.branch_watch').selectAll().orderBy('service').execute();
        if (found.length > 0) io.setExitCode(EXIT.error);
        if (options.json === true) return printJson(io, { unaudited: found, compared: watched });
        const rows = found.map(({ service, sha, kind, found_at }) => [service, sha, kind, found_at.toISOString()]);
        if (rows.length > 0) io.out(formatTable(['SERVICE', 'COMMIT', 'WHAT', 'FOUND (UTC)'], rows));
        for (const { service, tip, checked_at } of watched)
          io.out(`${service}: compared up to ${tip.slice(0, 12)} at ${checked_at.toISOString()}\n`);
        if (watched.length === 0) io.out('nothing has been compared yet\n');
      }),
    );
}

function describe(result: Awaited<ReturnType<typeof compareDue>> extends Map<string, infer R> ? R : never): string {
  if (result instanceof Error) return `not compared: ${result.message.slice(0, 300)}`;
  if (result.kind === 'began') return `begins at ${result.tip.slice(0, 12)}; what came before is not judged`;
  return `${result.commits} commits compared, ${result.unaudited.length} that no run brought`;
}
