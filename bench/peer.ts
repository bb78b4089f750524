/**
 * A system that a user would pick instead, as a process: the same five durable steps, each of which does nothing. Started
 * by the suite `peers`; told `{ runs, atOnce }`, it takes that many runs through, so many at a time, and says how long each took.
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { run as startGraphile, type TaskList } from 'graphile-worker';
import { newRunId } from '../src/ids.ts';

const STEPS = ['review', 'test-gen', 'staging', 'canary', 'release'] as const;
const CONCURRENCY = 10;

interface Peer {
  /** Resolves once the run has ended. */
  readonly runOne: (id: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const [system, databaseUrl = ''] = process.argv.slice(2);
const peer = system === 'dbos' ? await openDbos() : await openGraphile();
process.on('message', (asked: { runs: number; atOnce: number } | 'usage' | 'stop') => {
  if (asked === 'stop') void peer.close().then(() => process.exit(0));
  else if (asked === 'usage') {
    const { user, system: kernel } = process.cpuUsage();
    process.send?.({ cpuMs: (user + kernel) / 1_000, rssBytes: process.memoryUsage.rss() });
  } else void takeThrough(asked).then((tookMs) => process.send?.(tookMs));
});
process.send?.('ready');

async function takeThrough({ runs, atOnce }: { runs: number; atOnce: number }): Promise<number[]> {
  const tookMs: number[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next++ < runs) {
        const started = performance.now();
        await peer.runOne(newRunId());
        tookMs.push(performance.now() - started);
      }
    }),
  );
  return tookMs;
}

/** A workflow of five steps, started in place: no queue in between, which is its quickest way. */
async function openDbos(): Promise<Peer> {
  DBOS.setConfig({ name: 'bench', systemDatabaseUrl: databaseUrl, applicationVersion: 'bench', logLevel: 'error' });
  const flow = DBOS.registerWorkflow(
    async (id: string) => {
      for (const name of STEPS) await DBOS.runStep(async () => ({ proceed: true, reason: id }), { name });
    },
    { name: 'flow' },
  );
  await DBOS.launch();
  return {
    runOne: async (id) => (await DBOS.startWorkflow(flow)(id)).getResult(),
    close: () => DBOS.shutdown(),
  };
}

/** Five tasks, each of which adds the next; tuned as its authors advise: a local queue, and jobs completed in batches. */
async function openGraphile(): Promise<Peer> {
  const ended = new Map<string, () => void>();
  const taskList: TaskList = Object.fromEntries(
    STEPS.map((name, index) => [
      name,
      async (payload, helpers) => {
        const { id } = payload as { id: string };
        const following = STEPS[index + 1];
        if (following !== undefined) await helpers.addJob(following, { id });
        else ended.get(id)?.();
      },
    ]),
  );
  const runner = await startGraphile({
    connectionString: databaseUrl,
    taskList,
    noHandleSignals: true,
    preset: {
      worker: {
        concurrentJobs: CONCURRENCY,
        maxPoolSize: CONCURRENCY,
        localQueue: { size: 50 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  });
  return {
    async runOne(id) {
      const end = new Promise<void>((resolve) => ended.set(id, resolve));
      await runner.addJob(STEPS[0], { id });
      await end;
      ended.delete(id);
    },
    close: () => runner.stop(),
  };
}
