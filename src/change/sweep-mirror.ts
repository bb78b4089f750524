import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const ABANDONED_AFTER_MS = 60 * 60_000;

async function names(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

/**
 * Removes what git leaves behind when it is killed; called only by the holder of the mirror's lock. Every writer holds
 * that lock, so a `*.lock` of git belongs to nobody any more. Half-received packs may still be written by an orphan of
 * a killed worker, so they go by age. Returns how many files were removed.
 */
export async function sweepMirror(gitDir: string, now: number): Promise<number> {
  const kept = join(gitDir, 'refs', 'slipway', 'keep');
  const packs = join(gitDir, 'objects', 'pack');
  const locks = [
    ...(await names(gitDir)).map((name) => join(gitDir, name)),
    ...(await names(kept)).map((name) => join(kept, name)),
  ].filter((path) => path.endsWith('.lock'));
  const abandoned: string[] = [];
  for (const name of await names(packs)) {
    if (!name.startsWith('tmp_')) continue;
    const path = join(packs, name);
    const info = await stat(path).catch(() => null);
    if (info !== null && now - info.mtimeMs > ABANDONED_AFTER_MS) abandoned.push(path);
  }
  for (const path of [...locks, ...abandoned]) await rm(path, { force: true });
  return locks.length + abandoned.length;
}
