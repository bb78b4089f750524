import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const EVERY_MS = 25;

/**
 * Makes a page durable every 25 ms, in a file of its own beside what is measured: every commit of PostgreSQL waits for
 * the same disk, so no answer that needs one can be faster than the slowest of these.
 * @param directory on the disk in question
 * @returns how to stop: resolves to what each took, milliseconds
 */
export async function watchDisk(directory: string): Promise<() => Promise<number[]>> {
  const path = join(directory, 'disk-probe');
  const file = await open(path, 'w');
  const page = Buffer.alloc(4_096);
  const tookMs: number[] = [];
  let watching = true;
  const watch = async () => {
    while (watching) {
      const started = performance.now();
      await file.write(page, 0, page.length, 0);
      await file.datasync();
      tookMs.push(performance.now() - started);
      await wait(EVERY_MS);
    }
  };
  const watched = watch();
  return async () => {
    watching = false;
    await watched;
    await file.close();
    await rm(path);
    return tookMs;
  };
}
