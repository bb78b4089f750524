import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { TransientFailure } from '../errors.ts';
import type { Cgroup } from './cgroup.ts';
import { confinedArgs, STATUS_FD } from './confined-command.ts';
import { isErrorCode } from './is-error-code.ts';
import type { SandboxLimits } from './limits.ts';
import { readStartTicks } from './owner-mark.ts';
import type { SandboxResult } from './sandbox.ts';
import type { SandboxHost } from './sandbox-host.ts';
import { watchResources } from './watch-resources.ts';

/** Once the sandbox's first process is killed bubblewrap ends by itself; if it does not, it is killed too. */
const REAP_GRACE_MS = 500;
const GONE_POLL_MS = 2;
/** Exit codes a shell would give for SIGKILL and SIGXCPU. */
const EXIT_KILLED = 137;
const EXIT_CPU_LIMIT = 152;
/** What bubblewrap reports about itself is one short line; anything longer is not from it. */
const MAX_STATUS_BYTES = 16_384;

export interface ConfinedJob {
  /** Already laid out; owned by the uid the sandbox runs as. */
  readonly jobDirectory: string;
  /** With the sockets of open doors; null = nothing is reachable. */
  readonly doorsDirectory: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly limits: SandboxLimits;
}

export type ConfinedResult = Omit<SandboxResult, 'report'>;
type End = SandboxResult['end'];

/** One stream, kept up to the limit. */
function capture(stream: Readable, limitBytes: number, onFull: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    const room = limitBytes - size;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    size += chunk.length;
    if (size > limitBytes) onFull();
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isErrorCode(error, 'ESRCH')) throw error;
  }
}

/** The first process of a pid namespace ends last: the kernel has killed and reaped all others before. */
async function untilGone(pid: number | null): Promise<void> {
  if (pid === null) return;
  const ticks = await readStartTicks(pid);
  if (ticks === null) return;
  kill(pid);
  while ((await readStartTicks(pid)) === ticks) await delay(GONE_POLL_MS);
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function untilClosed(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new TransientFailure('SANDBOX_SETUP_FAILED', 'the sandbox could not be started', { cause })),
    );
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** How a run ended, when nothing ended it from outside. `exitCode` is null unless bubblewrap started the command. */
function decideEnd(ended: Ended, exitCode: number | null, oomKills: number): End | 'setup_failed' {
  if (oomKills > 0) return 'out_of_memory';
  if (exitCode === EXIT_KILLED) return 'killed';
  if (exitCode === EXIT_CPU_LIMIT) return 'timed_out';
  if (exitCode !== null) return 'exited';
  return ended.signal === null ? 'setup_failed' : 'killed';
}

function pipeOf(child: ChildProcess, index: number): Readable {
  const stream = child.stdio[index];
  if (!stream || !('read' in stream)) throw new Error(`descriptor ${index} is not a readable pipe`);
  return stream;
}

async function supervise(
  host: SandboxHost,
  job: ConfinedJob,
  cgroup: Cgroup | null,
  seccompFd: number | null,
  signal: AbortSignal,
): Promise<ConfinedResult> {
  const startedMs = performance.now();
  const child = spawn(host.shell, confinedArgs(host, { ...job, procsFiles: cgroup?.procsFiles ?? [] }), {
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    // Its own process group, so that one signal reaches every process before bubblewrap's own.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', seccompFd ?? 'ignore'],
  });
  const closed = untilClosed(child);
  let forced: End | null = null;
  let status = '';
  let reaper: NodeJS.Timeout | undefined;
  const readNumber = (field: string) => {
    const found = new RegExp(`"${field}": (\\d+)`).exec(status)?.[1];
    return found === undefined ? null : Number(found);
  };
  const killGroup = () => (child.pid === undefined ? undefined : kill(-child.pid));
  const killSandbox = () => {
    const pid = readNumber('child-pid');
    if (pid === null) return killGroup();
    kill(pid);
    reaper ??= setTimeout(killGroup, REAP_GRACE_MS);
  };
  const stop = (why: End) => {
    forced ??= why;
    killSandbox();
  };
  const readStdout = capture(pipeOf(child, 1), job.limits.outputBytes, () => stop('too_much_output'));
  const readStderr = capture(pipeOf(child, 2), job.limits.outputBytes, () => stop('too_much_output'));
  pipeOf(child, STATUS_FD).on('data', (chunk: Buffer) => {
    if (status.length < MAX_STATUS_BYTES) status += chunk.toString('latin1');
    if (forced !== null) killSandbox();
  });
  const timer = setTimeout(() => stop('timed_out'), job.limits.timeoutMs);
  const onAbort = () => stop('killed');
  signal.addEventListener('abort', onAbort, { once: true });
  const unwatch = watchResources({
    limits: job.limits,
    jobDirectory: job.jobDirectory,
    cgroup,
    readPid: () => readNumber('child-pid'),
    onExceeded: stop,
  });
  try {
    const ended = await closed;
    await untilGone(readNumber('child-pid'));
    signal.throwIfAborted();
    const exitCode = readNumber('exit-code');
    const end = forced ?? decideEnd(ended, exitCode, cgroup?.readOomKills() ?? 0);
    if (end === 'setup_failed')
      throw new TransientFailure(
        'SANDBOX_SETUP_FAILED',
        `the sandbox did not start (exit ${ended.code}): ${readStderr().slice(-500)}`,
      );
    return {
      end,
      exit_code: end === 'exited' ? exitCode : null,
      stdout: readStdout(),
      stderr: readStderr(),
      duration_ms: Math.round(performance.now() - startedMs),
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(reaper);
    unwatch();
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Runs a command over a directory that is already laid out, and returns when no process of it is left.
 *
 * @throws the signal's reason when aborted; {TransientFailure} SANDBOX_SETUP_FAILED when bubblewrap did not start the command.
 */
export async function runConfined(host: SandboxHost, job: ConfinedJob, signal: AbortSignal): Promise<ConfinedResult> {
  signal.throwIfAborted();
  const seccomp = host.seccompFile === null ? null : await open(host.seccompFile, 'r');
  try {
    const cgroup =
      (await host.cgroups?.make({ memoryBytes: job.limits.memoryBytes, processes: job.limits.processes })) ?? null;
    try {
      return await supervise(host, job, cgroup, seccomp?.fd ?? null, signal);
    } finally {
      await cgroup?.remove();
    }
  } finally {
    await seccomp?.close();
  }
}
