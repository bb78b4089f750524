import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOrphans } from '../embedded/end-orphans.ts';
import type { Logger } from '../log.ts';
import { SCRATCH_PREFIX } from './open-scratch.ts';
import { isAbandoned } from './scratch-owner.ts';

/** Between making a directory and saying whose it is lies a moment; what is older and empty never got further. */
const UNCLAIMED_MS = 60 * 60_000;

/**
 * Removes the scratch databases that killed processes of this user left on this machine, and ends what still runs on them.
 * Those of living owners, of other users and of other containers stay. @returns how many are gone.
 */
export async function collectScratch({
  log,
  within = tmpdir(),
  now = new Date(),
}: {
  readonly log: Logger;
  readonly within?: string;
  readonly now?: Date;
}): Promise<number> {
  const names = (await readdir(within)).filter((name) => name.startsWith(SCRATCH_PREFIX));
  let removed = 0;
  for (const name of names) {
    const directory = join(within, name);
    try {
      if (await collect(directory, log, now)) removed += 1;
    } catch (error) {
      log.warn({ err: error, directory }, 'what is left of a scratch database could not be removed');
    }
  }
  return removed;
}

async function collect(directory: string, log: Logger, now: Date): Promise<boolean> {
  const found = await lstat(directory).catch(() => null);
  // Everybody may write to the directory for temporary files: what is not our own is nothing to us.
  if (found === null || !found.isDirectory() || found.uid !== process.getuid?.()) return false;
  const abandoned = await isAbandoned(directory);
  if (abandoned === null) {
    if (now.getTime() - found.mtimeMs < UNCLAIMED_MS) return false;
    return rmdir(directory).then(
      () => true,
      () => false,
    );
  }
  if (!abandoned) return false;
  const cluster = join(directory, 'postgres');
  if ((await lstat(cluster).catch(() => null)) !== null)
    await endOrphans({ directory: cluster, names: ['postgres'], signal: 'SIGQUIT', log });
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  return true;
}
