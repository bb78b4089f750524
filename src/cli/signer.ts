import type { Command } from 'commander';
import { readConfig } from '../config/read-config.ts';
import { makeLogger } from '../log.ts';
import { startSignerProcess } from '../signer.ts';
import type { CliIo } from './cli-io.ts';
import { metricsPortOption } from './metrics-port-option.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { type ConfigOption, fileOf, withStores } from './with-stores.ts';

interface SignerCliOptions extends ConfigOption {
  readonly key: string;
  readonly publish: readonly string[];
  readonly metricsPort?: number;
}

export function registerSigner(parent: Command, io: CliIo): void {
  parent
    .command('signer')
    .summary('sign heads of the record')
    .description(
      'Signs the head of the record every 10 s or 256 entries, and never one that contradicts what was signed before. Keeps what it signed last in SLIPWAY_DATA_DIR/signer, and every checkpoint in PostgreSQL and in the directories of --publish. Needs DATABASE_URL and the key; run it where the operators of the database have no access.',
    )
    .requiredOption('--key <file>', 'the key of `slipway audit keygen`, with its .vkey beside it')
    .requiredOption('--publish <directory...>', 'where checkpoints are kept outside the database')
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .addOption(metricsPortOption())
    .action(async (options: SignerCliOptions) => {
      const config = await withStores(readConfig(fileOf(options)));
      const log = makeLogger({ name: 'signer', level: config.env.logLevel });
      const metricsPort = options.metricsPort ?? config.fleet.worker_metrics_port;
      const settings = { keyFile: options.key, publish: options.publish, metricsPort };
      await runUntilSignal(io, await startSignerProcess(config, settings, log), config.fleet.grace_period_s);
    });
}
