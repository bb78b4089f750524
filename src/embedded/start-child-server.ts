import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Logger } from '../log.ts';

const KEPT_LINES = 20;

export interface ChildServerOptions {
  /** Named in errors and logs. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Written to its standard input, which is then closed. Secrets go here, never into `args`. */
  readonly input?: string;
  /** The output line that says that clients may connect. */
  readonly ready: RegExp;
  readonly startDeadlineMs?: number;
  readonly log: Logger;
}

export interface ChildServer {
  /** Of the process that was spawned, which may be a wrapper around the server. */
  readonly pid: number;
  /** Settles when it has ended, however it ended: a sentence that tells how, with its last lines. */
  readonly ended: Promise<string>;
}

/**
 * The whole environment of a child. Nothing of ours is handed on: keys and tokens have no place in a store, and the
 * locale decides in which language it logs.
 */
export const CHILD_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

/** Starts a server and resolves when it says it is ready; an end or a silence before that is an error with its last lines. */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const { name, ready, log, startDeadlineMs = 120_000 } = options;
  // A session of its own: Ctrl-C in a terminal reaches the whole foreground group, and stores must outlive their users.
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: CHILD_ENVIRONMENT,
    stdio: 'pipe',
    detached: true,
  });
  const lines: string[] = [];
  const isReady = new Promise<'ready'>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        log.debug({ server: name, line }, 'server output');
        if (ready.test(line)) resolve('ready');
      });
    }
  });
  const ended = new Promise<string>((resolve) => {
    const settle = (how: string) => resolve([`${name} ${how}`, ...lines.map((line) => `  | ${line}`)].join('\n'));
    child.once('error', (error) => settle(`could not be started: ${error.message}`));
    child.once('close', (code, signal) =>
      settle(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
    );
  });
  // A server that ends at once breaks this pipe; `ended` tells that better.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), startDeadlineMs);
  });
  const first = await Promise.race([isReady, tooLate, ended]);
  clearTimeout(timer);
  if (first === 'ready' && child.pid !== undefined) return { pid: child.pid, ended };
  if (first !== 'late' && first !== 'ready') throw new Error(first);
  child.kill('SIGKILL');
  throw new Error(`${name} was not ready within ${startDeadlineMs / 1000} s\n${await ended}`);
}
