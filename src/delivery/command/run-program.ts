import { spawn } from 'node:child_process';
import { signalGroup } from '../local/process-identity.ts';

export interface Program {
  /** Program and arguments; no shell takes part. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** All that it finds in its environment besides PATH, HOME and LANG. */
  readonly environment: Readonly<Record<string, string>>;
}

export type ProgramEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** It never came to an exit code: not startable, killed, too slow or too talkative. */
  | { readonly kind: 'broken'; readonly why: string };

const MAX_STDOUT_BYTES = 4 * 1024 * 1024;
const KEPT_STDERR = 2_000;
/** From SIGTERM to SIGKILL. */
const GRACE_MS = 2_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin';

/** Runs a program with a text on stdin, in a process group of its own: past the limit, or when aborted, the whole group ends. */
export async function runProgram(program: Program, input: string, signal: AbortSignal): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const [file = '', ...args] = program.command;
  const child = spawn(file, args, {
    env: { PATH, HOME: '/', LANG: 'C.UTF-8', ...program.environment },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let broken: string | undefined;
  let kill: NodeJS.Timeout | undefined;
  const end = (why: string): void => {
    if (broken !== undefined) return;
    broken = why;
    if (child.pid === undefined) return;
    const { pid } = child;
    signalGroup(pid, 'SIGTERM');
    kill = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS);
  };
  const limit = setTimeout(() => end(`did not end within ${program.timeoutMs / 1000} s`), program.timeoutMs);
  const abort = (): void => end('was aborted');
  signal.addEventListener('abort', abort, { once: true });

  const chunks: Buffer[] = [];
  let size = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_STDOUT_BYTES) end(`wrote more than ${MAX_STDOUT_BYTES} bytes`);
    else chunks.push(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR);
  });
  // A program that does not read its input closes the pipe; what it answers is what counts.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);

  const exit = await new Promise<{ code: number | null; signal: NodeJS.Signals | null } | Error>((resolve) => {
    child.once('error', resolve);
    child.once('close', (code, killedBy) => resolve({ code, signal: killedBy }));
  });
  clearTimeout(limit);
  clearTimeout(kill);
  signal.removeEventListener('abort', abort);
  // What it left running in its group would go on changing things after the answer was given.
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  signal.throwIfAborted();
  if (exit instanceof Error) return { kind: 'broken', why: `cannot be started: ${exit.message}` };
  if (broken !== undefined) return { kind: 'broken', why: broken };
  if (exit.code === null) return { kind: 'broken', why: `ended with ${exit.signal ?? 'no exit code'}` };
  return { kind: 'exited', code: exit.code, stdout: Buffer.concat(chunks).toString('utf8'), stderr };
}
