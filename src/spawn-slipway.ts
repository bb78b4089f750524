import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

export interface SlipwayProcess {
  readonly name: string;
  readonly pid: number;
  /** Resolves with the exit code or signal once it has ended. */
  readonly ended: Promise<string>;
  /** SIGTERM, and SIGKILL after `graceMs`. May be called again. */
  stop(graceMs?: number): Promise<void>;
}

const STDERR = 2;

/**
 * The kernel ends the command when this process dies, even by SIGKILL: a part without its owner would hold ports and locks
 * that the next start needs. Where that cannot be had (macOS) the next start says who holds them. `exec` keeps the pid.
 */
const BOUND_TO_PARENT = 'setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL -- "$@"; exec "$@"';

/**
 * MiB of each half of V8's young generation. Node lets a half grow to 16 and never gives it back: an idle server then holds
 * 17 MiB that it does not use, and each collection of a busy one stops it longer.
 */
const NODE_FLAGS = ['--max-semi-space-size=8'];

/** Starts another Slipway command as a process of its own; what it logs goes to a file, or to standard error. */
export function spawnSlipway(options: {
  name: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  logFile?: string;
  /** It goes on without this process, and has to end by itself. */
  outlives?: boolean;
}): SlipwayProcess {
  const program = join(packageRoot, 'bin', 'slipway.js');
  const output = options.logFile === undefined ? STDERR : 'pipe';
  const command = [process.execPath, ...NODE_FLAGS, program, ...options.args];
  const script = options.outlives === true ? 'exec "$@"' : BOUND_TO_PARENT;
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], {
    env: options.env,
    stdio: ['ignore', output, output],
  });
  if (options.logFile !== undefined) {
    const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    child.once('close', () => log.end());
  }
  const ended = endOf(child);
  return {
    name: options.name,
    pid: child.pid ?? -1,
    ended,
    async stop(graceMs = 35_000) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function endOf(child: ChildProcess): Promise<string> {
  const [code, signal] = await Promise.race([
    once(child, 'exit'),
    once(child, 'error').then(([error]) => [null, String(error)]),
  ]);
  return signal === null ? `exit ${code}` : String(signal);
}
