import type { Command } from 'commander';
import { closeAll } from '../close-all.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { listTokens } from '../http/tokens.ts';
import { type Logger, makeLogger } from '../log.ts';
import { openCore } from '../open-core.ts';
import { QUEUE_NAMES } from '../queues/registry.ts';
import { issueToken } from '../record-token.ts';
import { startServerProcess } from '../server.ts';
import { type Ground, startGround } from '../up.ts';
import { startWorkerProcess } from '../worker.ts';
import type { CliIo } from './cli-io.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { type ConfigOption, fileOf } from './with-stores.ts';

export function registerUp(parent: Command, io: CliIo): void {
  parent
    .command('up')
    .summary('run everything on this machine')
    .description(
      'Starts private stores, the local delivery target, the guard, one server and one worker. For one machine: credentials and untrusted code share it.',
    )
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .action(async (options: ConfigOption) => {
      const config = readConfig(fileOf(options));
      const log = makeLogger({ name: 'slipway', level: config.env.logLevel }, process.stderr);
      for (const warning of config.warnings) log.warn(warning);
      const closers: (() => Promise<unknown>)[] = [];
      try {
        const ground = await startGround(config, { configFile: options.config, log });
        closers.push(ground.close);
        const server = await startServerProcess(ground.config, log);
        closers.push(server.close);
        const worker = await startWorkerProcess(
          ground.config,
          { queues: QUEUE_NAMES, concurrency: 10, metricsPort: config.fleet.worker_metrics_port },
          log,
        );
        closers.push(worker.close);
        await printFirstToken(ground, log, io);
        io.err(
          `slipway is up at ${server.url}; deploy credentials, repository credentials and test execution share this machine\n`,
        );
        io.err(describeSigning(config.audit.checkpoints));
        await runUntilSignal(
          io,
          { close: () => closeAll(closers, log) },
          config.fleet.grace_period_s + 10,
          ground.lost,
        );
      } catch (error) {
        await closeAll(closers, log);
        throw error;
      }
    });
}

/** A key beside the record that it signs proves little, so none is made here; what that means is said at once. */
function describeSigning(checkpoints: Config['audit']['checkpoints']): string {
  if (checkpoints === 'off') return '';
  const without = checkpoints === 'required' ? 'nothing becomes production' : 'the record is not signed';
  return `audit.checkpoints: ${checkpoints}, and this starts no signer: ${without} until \`slipway signer --key <file> --publish <directory>\` runs beside it\n`;
}

/** Without any token nobody could get in: the first admin token is made and printed this once, after the log of the start and alone on stdout. */
async function printFirstToken({ config }: Ground, log: Logger, io: CliIo): Promise<void> {
  const core = await openCore(config, log);
  try {
    if ((await listTokens(core.db)).length > 0) return;
    const { token } = await issueToken(core, { name: 'first admin', scopes: ['admin'], person: null, expiresAt: null });
    io.out(`${token}\n`);
    io.err(
      'the first admin token is printed above, this once; keep it, then make others with `slipway token create`\n',
    );
  } finally {
    await core.close();
  }
}
