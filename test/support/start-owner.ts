import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const Urls = z.object({ redisUrl: z.url(), adminUrl: z.url() });

export interface Owner {
  readonly pid: number;
  readonly redisUrl: string;
  readonly adminUrl: string;
  /** Lets it close its stores in order; resolves with its exit code. */
  close(): Promise<number | null>;
  /** SIGKILL, so that nothing of it can tidy up; resolves when it is gone. */
  kill(): Promise<void>;
}

export const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const OWNER = relative(CHECKOUT, fileURLToPath(new URL('./embedded-owner.ts', import.meta.url)));
const TSX = relative(CHECKOUT, fileURLToPath(import.meta.resolve('tsx')));

/**
 * Starts the stores of `dataDir` in a process of their own. `prefix` runs it through another program, e.g. as another
 * user; `checkout` is where that program finds this checkout.
 */
export async function startOwner(
  dataDir: string,
  options: { prefix?: readonly string[]; checkout?: string; env?: Record<string, string> } = {},
): Promise<Owner> {
  const checkout = options.checkout ?? CHECKOUT;
  const node = [process.execPath, '--import', join(checkout, TSX), join(checkout, OWNER), dataDir];
  const [command = process.execPath, ...args]: string[] = [...(options.prefix ?? []), ...node];
  const env = { PATH: '/usr/bin:/bin', TSX_DISABLE_CACHE: '1', ...options.env };
  const child = spawn(command, args, { stdio: 'pipe', cwd: '/', env });
  const exited = once(child, 'exit').then(() => child.exitCode);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const line = await Promise.race([firstLine(child), exited]);
  if (typeof line !== 'string' || child.pid === undefined)
    throw new Error(`the owner ended with code ${line}: ${errors}`);
  const close = () => {
    child.stdin.end();
    return exited;
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { pid: child.pid, ...Urls.parse(JSON.parse(line)), close, kill };
}

async function firstLine(child: ChildProcess): Promise<string | null> {
  if (child.stdout === null) return null;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return null;
}
