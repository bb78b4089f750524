import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/package-root.ts';
import { eventually } from './eventually.ts';

const PROGRAM = join(packageRoot, 'bin', 'slipway.js');

export interface Up {
  readonly pid: number;
  readonly url: string;
  /** All that it wrote so far, apart. */
  readonly out: () => string;
  readonly err: () => string;
  /** Sends the signal and resolves with `exit N` or the signal's name. */
  end(signal: NodeJS.Signals): Promise<string>;
}

/** The environment of somebody's shell: nothing of Slipway's but what a test gives. */
function shell(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env };
}

/** `slipway up` in a directory, as a user starts it there. */
export async function startUp(directory: string, env: Readonly<Record<string, string>> = {}): Promise<Up> {
  const child = spawn(process.execPath, [PROGRAM, 'up'], {
    cwd: directory,
    env: shell(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal === null ? `exit ${code}` : String(signal)));
  const printed = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
  const url = await eventually(
    'slipway is up',
    () => {
      if (child.exitCode !== null) throw new Error(`slipway up ended with ${child.exitCode}: ${printed.err}`);
      return /slipway is up at (http:\/\/\S+?);/.exec(printed.err)?.[1];
    },
    60_000,
  );
  return {
    pid: child.pid ?? -1,
    url,
    out: () => printed.out,
    err: () => printed.err,
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

export interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** One command line, in a process of its own. */
export async function slipway(
  directory: string,
  env: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<Ran> {
  const ran = await execa(process.execPath, [PROGRAM, ...args], {
    cwd: directory,
    env: shell(env),
    extendEnv: false,
    reject: false,
    timeout: 60_000,
    stripFinalNewline: false,
  });
  return { code: ran.exitCode, out: ran.stdout, err: ran.stderr };
}
