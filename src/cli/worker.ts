import { type Command, InvalidArgumentError, Option } from 'commander';
import { readConfig } from '../config/read-config.ts';
import { makeLogger } from '../log.ts';
import { QUEUE_NAMES, type QueueName } from '../queues/registry.ts';
import { startWorkerProcess } from '../worker.ts';
import type { CliIo } from './cli-io.ts';
import { metricsPortOption } from './metrics-port-option.ts';
import { runUntilSignal } from './run-until-signal.ts';
import { type ConfigOption, fileOf, withStores } from './with-stores.ts';

interface WorkerOptions extends ConfigOption {
  readonly stages: readonly QueueName[];
  readonly concurrency: number;
  readonly metricsPort?: number;
}

export function registerWorker(parent: Command, io: CliIo): void {
  parent
    .command('worker')
    .summary('run one worker replica')
    .description(
      'Serves queues until it is told to stop; any number of replicas may run. Needs REDIS_URL and DATABASE_URL.',
    )
    .option('--config <file>', 'the file (default: SLIPWAY_CONFIG, else ./slipway.yaml)')
    .addOption(
      new Option('--stages <list>', `queues to serve, comma-separated: ${QUEUE_NAMES.join(', ')}`)
        .default(QUEUE_NAMES, 'all')
        .argParser(parseStages),
    )
    .addOption(new Option('--concurrency <n>', 'jobs of each queue at once').default(10).argParser(parseConcurrency))
    .addOption(metricsPortOption())
    .action(async (options: WorkerOptions) => {
      const config = await withStores(readConfig(fileOf(options)));
      const log = makeLogger({ name: 'worker', level: config.env.logLevel });
      // From here on a signal is one to drain: some queues are served before everything has started.
      io.interrupted();
      const worker = await startWorkerProcess(
        config,
        {
          queues: options.stages,
          concurrency: options.concurrency,
          metricsPort: options.metricsPort ?? config.fleet.worker_metrics_port,
        },
        log,
      );
      await runUntilSignal(io, worker, config.fleet.grace_period_s);
    });
}

function parseStages(text: string): QueueName[] {
  return text.split(',').map((part) => {
    const queue = QUEUE_NAMES.find((name) => name === part.trim());
    if (queue === undefined) throw new InvalidArgumentError(`"${part}" is none of ${QUEUE_NAMES.join(', ')}.`);
    return queue;
  });
}

function parseConcurrency(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1000)
    throw new InvalidArgumentError('Must be a whole number from 1 to 1000.');
  return value;
}
