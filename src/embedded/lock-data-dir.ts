import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
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
    while (!(await tryLink(mine, file))) await takeOver(file, mine, dataDir);
  } finally {
    await rm(mine, { force: true });
  }
  return {
    release: async () => {
      if ((await readOwner(file))?.id === me.id) await rm(file, { force: true });
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
 * Removes a dead owner's lock. Two who find it dead at once must not both believe to own the place: one of them holds
 * a second link while it looks again, so the lock that it removes is the dead one and not the other's new one.
 */
async function takeOver(file: string, mine: string, dataDir: string): Promise<void> {
  await refuseIfAlive(file, dataDir);
  const guard = `${file}.takeover`;
  if (!(await tryLink(mine, guard))) {
    await refuseIfAlive(guard, dataDir);
    // Its holder died within the few lines below. Moved, not removed: only one of us moves it.
    await rename(guard, `${mine}.dead`).catch(() => {});
    await rm(`${mine}.dead`, { force: true });
    return;
  }
  try {
    await refuseIfAlive(file, dataDir);
    await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function refuseIfAlive(file: string, dataDir: string): Promise<void> {
  const owner = await readOwner(file);
  if (owner === undefined || (await readProcessStart(owner.pid)) !== owner.start) return;
  throw new Error(
    `${dataDir} is in use by process ${owner.pid}: stop it first (kill ${owner.pid}), or name another data directory with SLIPWAY_DATA_DIR`,
  );
}

/** A lock that cannot be read counts as nobody's: it was written whole, so it is damaged or gone. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return Owner.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
