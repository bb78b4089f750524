import { type Command, Option } from 'commander';
import { readConfig } from '../config/read-config.ts';
import { startGuardProcess } from '../guard.ts';
import { makeLogger } from '../log.ts';
import type { CliIo } from './cli-io.ts';
import { metricsPortOption } from './metrics-port-option.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { type ConfigOption, fileOf, withStores } from './with-stores.ts';

export function registerGuard(parent: Command, io: CliIo): void {
  parent
    .command('guard')
    .summary('take canaries that nobody watches out of traffic')
    .description(
      'A dead man’s switch: takes a live canary to zero when it had no tick for fleet.canary_hold_s, also with every store gone. Keeps what it must know in SLIPWAY_DATA_DIR/guard, and needs DATABASE_URL and the credentials of the delivery targets. Run at least one; two do no harm, each with a data directory of its own.',
    )
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .addOption(metricsPortOption())
    .addOption(new Option('--ends-with-parent', 'end when its parent is gone and nothing is left to guard').hideHelp())
    .action(async (options: ConfigOption & { metricsPort?: number; endsWithParent?: boolean }) => {
      const config = await withStores(readConfig(fileOf(options)));
      const log = makeLogger({ name: 'guard', level: config.env.logLevel });
      const guard = await startGuardProcess(
        config,
        {
          metricsPort: options.metricsPort ?? config.fleet.worker_metrics_port,
          endsWithParent: options.endsWithParent === true,
        },
        log,
      );
      await runUntilSignal(io, guard, config.fleet.grace_period_s, guard.orphaned);
    });
}
