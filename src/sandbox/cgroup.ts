import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrorCode } from './is-error-code.ts';
import { isLeftover, newMark } from './owner-mark.ts';

/** A dying process keeps its cgroup busy for some milliseconds. */
const REMOVE_POLL_MS = 5;
const REMOVE_DEADLINE_MS = 5000;

/** One sandbox's cgroup directories. */
export interface Cgroup {
  /** A process enters by writing its pid to each. */
  readonly procsFiles: readonly string[];
  /** Processes of this group the kernel has killed for memory. */
  readonly readOomKills: () => number;
  /** Kills what is inside and removes the directories. */
  readonly remove: () => Promise<void>;
}

/** Where on this machine cgroups can be made: v2, or v1 with memory and pids apart. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  /** Directories below which one is made for each sandbox. v1: memory, then pids. */
  readonly parents: readonly string[];
}

/** Candidate places from the text of /proc/self/cgroup, best first. In a container the host's path may not exist: the mount's root is tried too. */
export function planCgroupPlaces(selfCgroup: string, root: string): CgroupPlace[] {
  const lines = selfCgroup.split('\n').map((line) => line.split(':'));
  const ownPath = (controller: string) =>
    lines
      .find((line) => line[1]?.split(',').includes(controller))
      ?.slice(2)
      .join(':');
  const memory = ownPath('memory');
  const pids = ownPath('pids');
  const places: CgroupPlace[] = [];
  if (memory !== undefined && pids !== undefined) {
    places.push({ version: 1, parents: [join(root, 'memory', memory), join(root, 'pids', pids)] });
    places.push({ version: 1, parents: [join(root, 'memory'), join(root, 'pids')] });
  }
  const unified = lines
    .find((line) => line[0] === '0' && line[1] === '')
    ?.slice(2)
    .join(':');
  if (unified !== undefined && memory === undefined) {
    // A v2 group that holds processes cannot hand controllers to its children, so a sandbox becomes a sibling of ours.
    for (let path = dirname(unified); ; path = dirname(path)) {
      places.push({ version: 2, parents: [join(root, path)] });
      if (path === '/' || path === '.') break;
    }
  }
  return places;
}

function settingsOf(
  version: 1 | 2,
  index: number,
  limits: { memoryBytes: number; processes: number },
): [string, string, boolean][] {
  const memory = String(limits.memoryBytes);
  const pids = String(limits.processes);
  if (version === 2) {
    return [
      ['memory.max', memory, true],
      ['memory.swap.max', '0', false],
      ['memory.oom.group', '1', false],
      ['pids.max', pids, true],
    ];
  }
  if (index === 1) return [['pids.max', pids, true]];
  return [
    ['memory.limit_in_bytes', memory, true],
    ['memory.memsw.limit_in_bytes', memory, false],
    ['memory.swappiness', '0', false],
  ];
}

function killAll(directory: string): void {
  for (const pid of readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n')) {
    if (pid === '') continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if (!isErrorCode(error, 'ESRCH')) throw error;
    }
  }
}

async function removeGroup(directory: string): Promise<void> {
  const deadline = performance.now() + REMOVE_DEADLINE_MS;
  for (;;) {
    try {
      killAll(directory);
      return await rmdir(directory);
    } catch (error) {
      if (isErrorCode(error, 'ENOENT')) return;
      if (!isErrorCode(error, 'EBUSY') || performance.now() > deadline) throw error;
      await delay(REMOVE_POLL_MS);
    }
  }
}

async function makeGroup(
  place: CgroupPlace,
  name: string,
  limits: { memoryBytes: number; processes: number },
): Promise<Cgroup> {
  const directories: string[] = [];
  const remove = async () => {
    for (const directory of directories) await removeGroup(directory);
  };
  try {
    for (const [index, parent] of place.parents.entries()) {
      const directory = join(parent, name);
      await mkdir(directory);
      directories.push(directory);
      for (const [file, value, needed] of settingsOf(place.version, index, limits)) {
        try {
          await writeFile(join(directory, file), value, { flag: 'r+' });
        } catch (error) {
          if (needed) throw error;
        }
      }
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const first = directories[0] ?? '';
  const counter = join(first, place.version === 2 ? 'memory.events' : 'memory.oom_control');
  const readOomKills = () => Number(/^oom_kill (\d+)$/m.exec(readFileSync(counter, 'utf8'))?.[1] ?? 0);
  return { procsFiles: directories.map((directory) => join(directory, 'cgroup.procs')), readOomKills, remove };
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (await isLeftover(name)) await removeGroup(join(parent, name));
  }
}

export interface Cgroups {
  readonly version: 1 | 2;
  readonly make: (limits: { memoryBytes: number; processes: number }) => Promise<Cgroup>;
}

function isUsable(place: CgroupPlace): boolean {
  try {
    for (const parent of place.parents) readdirSync(parent);
    if (place.version === 1) return true;
    const handed = readFileSync(join(place.parents[0] ?? '', 'cgroup.subtree_control'), 'utf8')
      .trim()
      .split(' ');
    return handed.includes('memory') && handed.includes('pids');
  } catch {
    return false;
  }
}

/**
 * Finds a place where this process may make cgroups with a memory and a process limit, by making one; removes groups
 * that processes now gone left there. Null when there is none: memory is then watched from outside.
 */
export async function openCgroups(ownMark: string, root = '/sys/fs/cgroup'): Promise<Cgroups | null> {
  let selfCgroup: string;
  try {
    selfCgroup = await readFile('/proc/self/cgroup', 'utf8');
  } catch {
    return null;
  }
  for (const place of planCgroupPlaces(selfCgroup, root)) {
    if (!isUsable(place)) continue;
    const make: Cgroups['make'] = (limits) => makeGroup(place, newMark(ownMark), limits);
    try {
      for (const parent of place.parents) await sweep(parent);
      const trial = await make({ memoryBytes: 64 * 1024 * 1024, processes: 16 });
      trial.readOomKills();
      await trial.remove();
      return { version: place.version, make };
    } catch {
      // Not permitted here; the next place may be.
    }
  }
  return null;
}
