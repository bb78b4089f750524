import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../ids.ts';
import { readProcessStart } from './processes.ts';

const Owner = z.object({ id: z.uuid(), pid: z.int().positive(), start: z.string() });
type Owner = z.infer<typeof Owner>;

export interface DataDirLock {
  /** Gives the directory back. May be called again. */
  release(): Promise<void>;
}

/**
 * Makes this process the only owner of `directory` (which is made, mode 0700, when missing). A second owner gets an
 * error that names the first; the lock of an owner that died, or whose number another process has now, is taken over.
 */
export async function lockDataDir(directory: string): Promise<DataDirLock> {
  const dataDir = resolve(directory);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await chmod(dataDir, 0o700);
  const file = join(dataDir, 'owner.lock');
  const start = await readProcessStart(process.pid);
  if (start === undefined) throw new Error('cannot tell when this process started: is /proc mounted?');
  const me: Owner = { id: randomUUID(), pid: process.pid, start };
  const mine = join(dataDir, `owner.${me.id}`);
  await writeFile(mine, `${JSON.stringify(me)}\n`, { mode: 0o600 });
  try {
    while (!(await tryLink(mine, file))) await removeDead(file, mine, dataDir);
  } finally {
    await rm(mine, { force: true });
  }
  return {
    release: async () => {
      const text = await readText(file);
      if (text !== undefined && parseOwner(text)?.id === me.id) await rm(file, { force: true });
    },
  };
}

/** A link appears with its content, in one step, or not at all. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock of an owner that died. Who removes it first claims that one lock, by its id, and looks again under the
 * claim: a lock with this id can be removed by nobody else now, and a new one has another id, so what goes is the dead one
 * and never somebody's new one. A claim is a lock itself: that of a claimant that died is removed the same way.
 */
async function removeDead(file: string, mine: string, dataDir: string): Promise<void> {
  const dead = await readText(file);
  if (dead === undefined) return;
  const owner = parseOwner(dead);
  if (owner !== undefined && (await readProcessStart(owner.pid)) === owner.start) throw inUse(dataDir, owner);
  const claim = join(dataDir, `owner.claim.${owner?.id ?? digestOf(dead).slice(0, 32)}`);
  if (!(await tryLink(mine, claim))) return removeDead(claim, mine, dataDir);
  try {
    if ((await readText(file)) === dead) await rm(file, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}

function inUse(dataDir: string, { pid }: Owner): Error {
  return new Error(
    `${dataDir} is in use by process ${pid}: stop it first (kill ${pid}), or name another data directory with SLIPWAY_DATA_DIR`,
  );
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/** A lock that cannot be read counts as nobody's: it was written whole, so it is damaged. */
function parseOwner(text: string): Owner | undefined {
  try {
    return Owner.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
