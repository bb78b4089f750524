import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { askChild, hearChild } from './ask-child.ts';

interface Usage {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

export interface Replicas {
  readonly pids: readonly number[];
  /** Of all of them together. */
  usage(): Promise<Usage>;
  stop(): Promise<void>;
  /** SIGKILL to all of them. */
  kill(): void;
}

const SCRIPT = fileURLToPath(new URL('../replica.ts', import.meta.url));

/** Starts replicas of one arm as processes and waits until they take work. */
export async function startReplicas(options: {
  arm: 'slipway' | 'bare';
  count: number;
  concurrency: number;
  /** Agent calls that the review of a change takes. */
  parts: number;
  /** The model takes every request and never answers. */
  silentModel?: boolean;
  configFile: string;
  env: NodeJS.ProcessEnv;
}): Promise<Replicas> {
  const { arm, count, concurrency, parts, configFile, env } = options;
  const children = Array.from({ length: count }, () =>
    fork(
      SCRIPT,
      [arm, configFile, String(concurrency), String(parts), options.silentModel === true ? 'silent' : 'answering'],
      {
        env,
        execArgv: ['--import', 'tsx'],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    ),
  );
  await Promise.all(children.map((child) => hearChild(child)));
  return {
    pids: children.map(({ pid }) => pid ?? 0),
    async usage() {
      const usages = await Promise.all(children.map(async (child) => (await askChild(child, 'usage')) as Usage));
      return usages.reduce((sum, { cpuMs, rssBytes }) => ({
        cpuMs: sum.cpuMs + cpuMs,
        rssBytes: sum.rssBytes + rssBytes,
      }));
    },
    kill() {
      for (const child of children) child.kill('SIGKILL');
    },
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const ended = once(child, 'exit');
          child.send('stop');
          await ended;
        }),
      );
    },
  };
}
