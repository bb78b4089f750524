import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { takeFreePort } from '../../src/embedded/take-free-port.ts';
import { packageRoot } from '../../src/package-root.ts';
import { untilAnswers } from '../../src/until-answers.ts';

export interface FleetProcess {
  readonly url: string;
  readonly pid: number;
  /** Resolves once it is gone, with the signal that ended it; null when it ended by itself. */
  readonly gone: Promise<NodeJS.Signals | null>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** `slipway worker`, `server`, `guard` or `signer`, compiled as it ships (`npm test` builds first), ready when this resolves. */
export async function startProcess(
  command: 'worker' | 'server' | 'guard' | 'signer',
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  {
    ready = '/readyz',
    under = [],
  }: {
    /** What it answers once it is up: a guard starts before its stores do. Null: it may die before it answers anything. */
    ready?: '/readyz' | '/healthz' | null;
    /** A command that becomes it, e.g. to give it another view of the files. */
    under?: readonly string[];
  } = {},
): Promise<FleetProcess> {
  const port = await takeFreePort();
  const place = command === 'server' ? [] : ['--metrics-port', String(port)];
  const [program = '', ...words] = [...under, process.execPath, 'bin/slipway.js', command, ...args, ...place];
  const child = spawn(program, words, {
    cwd: packageRoot,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LOG_LEVEL: 'warn',
      ...env,
      ...(command === 'server' ? { PORT: String(port) } : {}),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000);
  });
  const gone = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_code, signal) => resolve(signal));
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = ready === null ? Promise.resolve() : untilAnswers(url + ready);
  await Promise.race([
    answers,
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${command} ended with ${String(code)}: ${said}`))),
  ]);
  return {
    url,
    pid: child.pid ?? 0,
    gone,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL').then(() => undefined),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
  return child.exitCode;
}
