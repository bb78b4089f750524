import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { TransientFailure } from '../errors.ts';

const Owner = z.object({ pid: z.int().min(1), host: z.string(), nonce: z.string() });
type Owner = z.infer<typeof Owner>;

const HEARTBEAT_MS = 2_000;
const DEAD_AFTER_MS = 30_000;
const POLL_MS = 50;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function readOwner(path: string): Promise<Owner | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return Owner.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** A lock is dead when its heartbeat stopped, or at once when its process on this host is gone. */
async function isDead(path: string, now: number): Promise<boolean> {
  const owner = await readOwner(path);
  const info = await stat(path).catch(() => null);
  if (info === null) return false;
  if (now - info.mtimeMs > DEAD_AFTER_MS) return true;
  return owner !== null && owner.host === hostname() && !isAlive(owner.pid);
}

/** Two waiters may both see a dead lock: renaming it away succeeds for one and for the other finds nothing or gives it back. */
async function removeDead(path: string, nonce: string): Promise<void> {
  const before = await readOwner(path);
  const aside = `${path}.dead-${nonce}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readOwner(aside);
  if (moved?.nonce !== before?.nonce) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function take(path: string, nonce: string): Promise<boolean> {
  const draft = `${path}.${nonce}`;
  const owner: Owner = { pid: process.pid, host: hostname(), nonce };
  await writeFile(draft, JSON.stringify(owner));
  try {
    // link() fails when the name exists and never shows a half-written file.
    await link(draft, path);
    return true;
  } catch {
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}

export interface FileLockOptions {
  readonly path: string;
  /** Unique per acquisition. */
  readonly nonce: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` while no other process holds the lock file. It survives `kill -9`: the owner's pid and a heartbeat (the
 * file's mtime) tell a dead owner. It saves work and guards clean-up; it is never what correctness rests on.
 */
export async function withFileLock<T>(options: FileLockOptions, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + options.waitMs;
  while (!(await take(options.path, options.nonce))) {
    options.signal.throwIfAborted();
    if (await isDead(options.path, Date.now())) {
      await removeDead(options.path, options.nonce);
      continue;
    }
    if (performance.now() > until)
      throw new TransientFailure('MIRROR_BUSY', 'another process has been fetching this repository for too long');
    await delay(POLL_MS, undefined, { signal: options.signal });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(options.path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    const owner = await readOwner(options.path);
    if (owner?.nonce === options.nonce) await rm(options.path, { force: true });
  }
}
