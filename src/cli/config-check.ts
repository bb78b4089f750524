import type { Command } from 'commander';
import { readConfig } from '../config/read-config.ts';
import type { CliIo } from './cli-io.ts';
import { printJson } from './print-json.ts';

/** Problems are thrown and shown by the command line itself, with exit code 2. */
export function registerConfigCheck(parent: Command, io: CliIo): void {
  parent
    .command('check')
    .summary('check slipway.yaml and the environment')
    .description('Checks the configuration file and the environment, and lists everything that is wrong.')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .option('--json', 'print one JSON document')
    .action((options: { config?: string; json?: boolean }) => {
      const config = readConfig({
        fileRequired: true,
        ...(options.config === undefined ? {} : { file: options.config }),
      });
      const { policy_hash, warnings } = config;
      const services = Object.keys(config.services);
      if (options.json === true) return printJson(io, { ok: true, policy_hash, services, warnings });
      for (const warning of warnings) io.err(`warning: ${warning}\n`);
      io.out(
        `ok: ${services.length} service${services.length === 1 ? '' : 's'}, profile ${config.profile}\npolicy ${policy_hash}\n`,
      );
    });
}
