import type { Command } from 'commander';
import { readConfig } from '../config/read-config.ts';
import { makeLogger } from '../log.ts';
import { startServerProcess } from '../server.ts';
import type { CliIo } from './cli-io.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { type ConfigOption, fileOf, withStores } from './with-stores.ts';

export function registerServer(parent: Command, io: CliIo): void {
  parent
    .command('server')
    .summary('serve API, pages, board and metrics')
    .description(
      'Serves the HTTP API, the pages, Bull Board and the figures of the fleet. Needs REDIS_URL and DATABASE_URL.',
    )
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .action(async (options: ConfigOption) => {
      const config = await withStores(readConfig(fileOf(options)));
      const log = makeLogger({ name: 'server', level: config.env.logLevel });
      for (const warning of config.warnings) log.warn(warning);
      await runUntilSignal(io, await startServerProcess(config, log), config.fleet.grace_period_s);
    });
}
