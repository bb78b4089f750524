import { readFile, readlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readProcessStart } from '../embedded/processes.ts';

const FILE = 'owner.json';
const Owner = z.strictObject({ pid: z.int().positive(), start: z.string(), space: z.string() });

/** Says in the directory whose it is, so that what a killed owner leaves can be told from what is in use. */
export async function claimScratch(directory: string): Promise<void> {
  const start = await readProcessStart(process.pid);
  if (start === undefined) throw new Error('cannot tell when this process started: is /proc mounted?');
  const owner: z.infer<typeof Owner> = { pid: process.pid, start, space: await readSpace() };
  await writeFile(join(directory, FILE), `${JSON.stringify(owner)}\n`, { mode: 0o600 });
}

/**
 * Whether its owner is dead for certain. Null where it says no owner. Of a container beside this one with the same directory for
 * temporary files nothing can be known: its numbers of processes mean others here.
 */
export async function isAbandoned(directory: string): Promise<boolean | null> {
  const text = await readFile(join(directory, FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  const owner = Owner.safeParse(parseJson(text));
  if (!owner.success || owner.data.space !== (await readSpace())) return false;
  return (await readProcessStart(owner.data.pid)) !== owner.data.start;
}

/** In which a number names one process: on Linux the namespace, elsewhere the machine. */
function readSpace(): Promise<string> {
  return process.platform === 'linux' ? readlink('/proc/self/ns/pid') : Promise.resolve(hostname());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
