import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Tells one life of a process id from the next: a number is used again after its process ended, the moment of its
 * start is not. Undefined when no such process lives.
 */
export async function readProcessStart(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') {
      const [status, boot] = await Promise.all([
        readFile(`/proc/${pid}/stat`, 'utf8'),
        readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      ]);
      // The second field, the name, may hold blanks and brackets; the rest starts after the last bracket.
      const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
      const [state, start] = [fields[0], fields[19]];
      return state === 'Z' || state === 'X' || start === undefined ? undefined : `${boot.trim()}:${start}`;
    }
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The processes with one of these names that work in `directory`. Linux only (it reads /proc); elsewhere the list is
 * empty. The directory is compared by device and inode: a server in a mount namespace sees it under another path.
 */
export async function findProcessesIn(directory: string, names: readonly string[]): Promise<readonly number[]> {
  if (process.platform !== 'linux') return [];
  const wanted = await stat(directory);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const [name, at] = await Promise.all([readFile(`/proc/${pid}/comm`, 'utf8'), stat(`/proc/${pid}/cwd`)]);
        return names.includes(name.trim()) && at.dev === wanted.dev && at.ino === wanted.ino ? [pid] : [];
      } catch {
        return []; // ended while we looked, or another user's
      }
    }),
  );
  return found.flat();
}
