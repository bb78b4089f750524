import { join } from 'node:path';
import type { Command } from 'commander';
import { resolveService } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { startLocalTarget } from '../delivery/local/start-local-target.ts';
import { makeLogger } from '../log.ts';
import type { CliIo } from './cli-io.ts';
import { CommandFailure } from './command-failure.ts';
import { EXIT } from './exit-code-of.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { type ConfigOption, fileOf } from './with-stores.ts';

export function registerLocalTarget(parent: Command, io: CliIo): void {
  parent
    .command('local-target')
    .summary('run the local delivery target')
    .description(
      'Runs versions of the services as processes behind a weighted proxy. Listens where SLIPWAY_LOCAL_TARGET_URL says, for the token in SLIPWAY_LOCAL_TARGET_TOKEN.',
    )
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .action(async (options: ConfigOption) => {
      const config = readConfig(fileOf(options));
      const { localTargetUrl, localTargetToken, dataDir } = config.env;
      if (localTargetUrl === undefined || localTargetToken === undefined) {
        throw new CommandFailure('SLIPWAY_LOCAL_TARGET_URL and SLIPWAY_LOCAL_TARGET_TOKEN must be set', {
          exitCode: EXIT.usage,
        });
      }
      const services = Object.keys(config.services).flatMap((name) => {
        const service = resolveService(config, name);
        if (service === undefined || service.delivery.kind !== 'local') return [];
        const { command, health_path, port } = service.delivery;
        return [{ name, command, health_path, port, latency_edge_ms: service.limits.p99_latency_threshold_ms }];
      });
      const { port } = new URL(localTargetUrl);
      const log = makeLogger({ name: 'local-target', level: config.env.logLevel });
      const target = await startLocalTarget(
        { port: Number(port), token: localTargetToken, dataDir: join(dataDir, 'local-target'), services },
        log,
      );
      await runUntilSignal(io, target, config.fleet.grace_period_s);
    });
}
