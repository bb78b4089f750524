import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { BenchGround } from './bench-ground.ts';

export const PEERS = ['dbos', 'graphile-worker'] as const;
export type PeerName = (typeof PEERS)[number];

export interface PeerProcess {
  /** Takes runs through, `atOnce` at a time; what each took, in milliseconds. */
  take(runs: number, atOnce: number): Promise<readonly number[]>;
  /** CPU time since it began, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('../peer.ts', import.meta.url));

/** Starts a peer over a database of its own on the bench's server, and waits until it takes work. */
export async function startPeer(ground: BenchGround, name: PeerName): Promise<PeerProcess> {
  const database = `peer_${name.replace('-', '_')}`;
  const admin = new pg.Client(ground.adminUrl);
  await admin.connect();
  await admin.query(`create database ${database}`);
  await admin.end();
  const url = new URL(ground.adminUrl);
  url.pathname = `/${database}`;
  const child = fork(SCRIPT, [name, url.href], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // Every question listens for the end.
  child.setMaxListeners(0);
  await answer(child);
  return {
    take: async (runs, atOnce) => (await ask(child, { runs, atOnce })) as number[],
    cpuMs: async () => ((await ask(child, 'usage')) as { cpuMs: number }).cpuMs,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.send('stop');
      await ended;
    },
  };
}

function ask(child: ChildProcess, question: object | string): Promise<unknown> {
  const answered = answer(child);
  child.send(question);
  return answered;
}

async function answer(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const ended = once(child, 'exit', over).then(([code]) => Promise.reject(new Error(`a peer ended with ${code}`)));
  ended.catch(() => {});
  try {
    const [message] = await Promise.race([once(child, 'message', over), ended]);
    return message;
  } finally {
    over.abort();
  }
}
