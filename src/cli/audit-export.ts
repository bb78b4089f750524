import type { Command } from 'commander';
import { exportLog } from '../audit/export.ts';
import type { CliIo } from './cli-io.ts';
import { type ConfigOption, withDatabase } from './with-stores.ts';

export function registerAuditExport(parent: Command, io: CliIo): void {
  parent
    .command('export')
    .summary('print the whole record as JSON lines')
    .description(
      'Prints every entry as one JSON line, closed by a manifest; `slipway audit verify --file` checks it without a database.',
    )
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .action((options: ConfigOption) =>
      withDatabase(options, async (db) => {
        for await (const line of exportLog(db, () => new Date())) io.out(line);
      }),
    );
}
