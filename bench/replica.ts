/**
 * One replica of an arm, as a process: `slipway` is the production worker over adapters that do nothing, `bare` is BullMQ
 * with the same five queues and empty processors. Started by the suites; it says `ready` and its CPU time when asked.
 */
import { Worker } from 'bullmq';
import type { ModelClient } from '../src/agents/agent-call.ts';
import { readConfig } from '../src/config/read-config.ts';
import { makeLogger } from '../src/log.ts';
import { workerConnection } from '../src/queues/connections.ts';
import { QUEUE_NAMES } from '../src/queues/registry.ts';
import { startWorkerProcess } from '../src/worker.ts';
import { BARE_PREFIX, BARE_QUEUES } from './support/bare-flow.ts';
import { makeNoOpAdapters } from './support/no-op-adapters.ts';

const [arm, configFile, concurrency, parts, model] = process.argv.slice(2);
const log = makeLogger({ name: 'replica', level: 'error' });
const close = arm === 'slipway' ? await startSlipway() : startBare();
process.on('message', (question) => {
  if (question === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() });
  } else void close().then(() => process.exit(0));
});
process.send?.('ready');

async function startSlipway(): Promise<() => Promise<void>> {
  const config = readConfig({ file: configFile ?? '', env: process.env });
  const noOp = makeNoOpAdapters(Number(parts), log);
  const silent: ModelClient = { send: () => new Promise(() => {}) };
  const adapters = model === 'silent' ? { ...noOp, model: silent } : noOp;
  const options = { queues: QUEUE_NAMES, concurrency: Number(concurrency), metricsPort: 0 };
  return (await startWorkerProcess(config, options, log, () => adapters)).close;
}

function startBare(): () => Promise<void> {
  const connection = workerConnection(process.env['REDIS_URL'] ?? '', log);
  const workers = BARE_QUEUES.map(
    (name) =>
      new Worker(name, async () => ({ proceed: true, reason: 'done' }), {
        connection,
        prefix: BARE_PREFIX,
        concurrency: Number(concurrency),
        lockDuration: 10_000,
        stalledInterval: 5_000,
        drainDelay: 2,
      }),
  );
  return async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    connection.disconnect();
  };
}
