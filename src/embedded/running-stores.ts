import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const RunningStores = z.strictObject({
  redisUrl: z.string(),
  databaseUrl: z.string(),
  localTargetUrl: z.string(),
  localTargetToken: z.string(),
});
/** Where the embedded stores of a data directory answer right now. Holds passwords: mode 0600. */
export type RunningStores = z.infer<typeof RunningStores>;

const FILE = 'running.json';

/** Lets other commands on this machine find what `slipway up` started. Removed when it stops. */
export async function writeRunningStores(dataDir: string, stores: RunningStores): Promise<void> {
  const file = join(dataDir, FILE);
  await writeFile(`${file}.new`, JSON.stringify(RunningStores.parse(stores)), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function removeRunningStores(dataDir: string): Promise<void> {
  await rm(join(dataDir, FILE), { force: true });
}

/** Null when nothing runs there. */
export async function readRunningStores(dataDir: string): Promise<RunningStores | null> {
  try {
    return RunningStores.parse(JSON.parse(await readFile(join(dataDir, FILE), 'utf8')));
  } catch {
    return null;
  }
}

/** A secret that is made once for a data directory and then kept there, mode 0600. */
export async function keepSecret(dataDir: string, name: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, name);
  await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  return (await readFile(file, 'utf8')).trim();
}
