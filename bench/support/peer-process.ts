import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { askChild, hearChild } from './ask-child.ts';
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
  await hearChild(child);
  return {
    take: async (runs, atOnce) => (await askChild(child, { runs, atOnce })) as number[],
    cpuMs: async () => ((await askChild(child, 'usage')) as { cpuMs: number }).cpuMs,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.send('stop');
      await ended;
    },
  };
}
