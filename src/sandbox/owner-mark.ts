import { randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';

/** What directories and cgroups of a sandbox are called on the host: pid namespace, pid and start time of the owner, a random part. */
const MARK = /^slipway-sandbox-(\d+)\.(\d+)\.(\d+)-[0-9a-f]+$/;

async function readPidNamespace(): Promise<string> {
  return (await readlink('/proc/self/ns/pid')).replace(/\D/g, '');
}

/** Clock ticks since boot at which a process started, or null when there is none; with the pid it names a process for good. */
export async function readStartTicks(pid: number): Promise<string | null> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The second field is the program's name in brackets and may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return fields[19] ?? null;
}

export async function readOwnMark(): Promise<string> {
  const ticks = await readStartTicks(process.pid);
  if (ticks === null) throw new Error('/proc is not readable: a sandbox needs it');
  return `slipway-sandbox-${await readPidNamespace()}.${process.pid}.${ticks}`;
}

export function newMark(own: string, random: (size: number) => Buffer = randomBytes): string {
  return `${own}-${random(6).toString('hex')}`;
}

/** Whether a name was made by a process that has ended. Names of other shapes, and of other pid namespaces, are not ours to judge. */
export async function isLeftover(name: string): Promise<boolean> {
  const [, namespace, pid, ticks] = MARK.exec(name) ?? [];
  if (namespace === undefined || namespace !== (await readPidNamespace())) return false;
  return (await readStartTicks(Number(pid))) !== ticks;
}
