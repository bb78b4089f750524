import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sendSignal } from '../../src/embedded/end-orphans.ts';
import { findProcessesIn } from '../../src/embedded/processes.ts';
import { startEmbeddedPostgres } from '../../src/embedded/start-embedded-postgres.ts';
import { startEmbeddedRedis } from '../../src/embedded/start-embedded-redis.ts';
import type { Logger } from '../../src/log.ts';

/** A store that a test takes away and brings back, at the same address and with the same data. */
export interface KillableStore {
  /** Redis: for clients. PostgreSQL: the superuser's. */
  readonly url: string;
  /** Its processes, as they run now. */
  pids(): Promise<readonly number[]>;
  /** SIGKILL; it stays away until `start`. */
  kill(): Promise<void>;
  /** An orderly stop; it stays away until `start`. */
  stop(): Promise<void>;
  /** Brings it back. Does nothing while it runs. */
  start(): Promise<void>;
  /** SIGSTOP to every process of it: connections stay open and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

interface Running {
  readonly url: string;
  close(): Promise<void>;
}

const REDIS = ['redis-server', 'valkey-server'];

export async function startKillableRedis(dataDir: string, log: Logger): Promise<KillableStore> {
  return makeKillable({
    start: () => startEmbeddedRedis({ dataDir, log }),
    pids: () => findProcessesIn(join(dataDir, 'redis'), REDIS),
  });
}

export async function startKillablePostgres(dataDir: string, log: Logger): Promise<KillableStore> {
  const directory = join(dataDir, 'postgres');
  return makeKillable({
    async start() {
      const postgres = await startEmbeddedPostgres({ dataDir, log });
      return { url: postgres.adminUrl, close: () => postgres.close() };
    },
    async pids() {
      const [postmaster = ''] = (await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
      const others = await findProcessesIn(directory, ['postgres']);
      // The postmaster first: it must not start a successor of what is killed after it.
      return [...new Set([Number(postmaster), ...others])].filter((pid) => pid > 1);
    },
  });
}

/** On a machine under load a server that recovers may be too slow for the first question it is asked, and is then ended. */
async function startAgain(start: () => Promise<Running>, times = 5): Promise<Running> {
  for (let n = 1; ; n += 1) {
    try {
      return await start();
    } catch (error) {
      if (n === times) throw error;
    }
  }
}

async function makeKillable(store: {
  start: () => Promise<Running>;
  pids: () => Promise<readonly number[]>;
}): Promise<KillableStore> {
  let running: Running | null = await store.start();
  const { url } = running;
  const signal = async (name: NodeJS.Signals) => {
    for (const pid of await store.pids()) sendSignal(pid, name);
  };
  return {
    url,
    pids: store.pids,
    async kill() {
      const pids = await store.pids();
      // Closing first tells its keeper not to start it again; the kill comes before the orderly stop can do anything.
      const closed = running?.close();
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      running = null;
      await closed;
    },
    async stop() {
      const closed = running?.close();
      running = null;
      await closed;
    },
    async start() {
      if (running !== null) return;
      running = await startAgain(store.start);
      if (running.url !== url) throw new Error(`the store came back at ${running.url}, not at ${url}`);
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
}
