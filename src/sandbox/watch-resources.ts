import { statfs } from 'node:fs/promises';
import type { Cgroup } from './cgroup.ts';
import type { SandboxLimits } from './limits.ts';
import { readOwnMemoryBytes, readProcessTree } from './process-tree.ts';
import { runTool } from './run-tool.ts';

const MEMORY_POLL_MS = 100;
const DISK_POLL_MS = 200;
/** Inodes a run may add before its tree is ended. */
const MAX_NEW_FILES = 200_000;

type ExceededLimit = 'out_of_memory' | 'too_much_output';

export interface WatchedRun {
  readonly limits: SandboxLimits;
  readonly jobDirectory: string;
  readonly cgroup: Cgroup | null;
  /** First process of the sandbox as the host sees it; null until it is known. */
  readonly readPid: () => number | null;
  readonly onExceeded: (limit: ExceededLimit) => void;
}

function isMemoryExceeded(watched: WatchedRun): boolean {
  if (watched.cgroup !== null) return watched.cgroup.readOomKills() > 0;
  const pid = watched.readPid();
  if (pid === null) return false;
  const used = readProcessTree(pid).reduce((sum, each) => sum + readOwnMemoryBytes(each), 0);
  return used > watched.limits.memoryBytes;
}

async function readTreeBytes(directory: string): Promise<number> {
  try {
    const { stdout } = await runTool('/usr/bin/du', [
      '--summarize',
      '--one-file-system',
      '--block-size=1',
      '--',
      directory,
    ]);
    return Number.parseInt(stdout, 10);
  } catch {
    // Directories closed to us, or changing faster than they can be read: counted as too big.
    return Number.POSITIVE_INFINITY;
  }
}

/** The free space of the disk is cheap to read; only when it shrank by what a run may write is the tree itself measured. */
function makeDiskCheck(watched: WatchedRun): () => Promise<boolean> {
  let free: { bytes: number; files: number } | null = null;
  return async function isDiskExceeded() {
    const now = await statfs(watched.jobDirectory);
    const left = { bytes: now.bavail * now.bsize, files: now.ffree };
    free ??= left;
    if (free.files - left.files > MAX_NEW_FILES) return true;
    if (free.bytes - left.bytes < watched.limits.treeBytes) return false;
    return (await readTreeBytes(watched.jobDirectory)) > watched.limits.treeBytes;
  };
}

/** Watches what the kernel does not bound by itself, until the returned function is called. */
export function watchResources(watched: WatchedRun): () => void {
  const isDiskExceeded = makeDiskCheck(watched);
  let measuring = false;
  const memoryTimer = setInterval(() => {
    if (isMemoryExceeded(watched)) watched.onExceeded('out_of_memory');
  }, MEMORY_POLL_MS);
  const diskTimer = setInterval(() => {
    if (measuring) return;
    measuring = true;
    isDiskExceeded()
      .then((exceeded) => (exceeded ? watched.onExceeded('too_much_output') : undefined))
      .catch(() => watched.onExceeded('too_much_output'))
      .finally(() => {
        measuring = false;
      });
  }, DISK_POLL_MS);
  return () => {
    clearInterval(memoryTimer);
    clearInterval(diskTimer);
  };
}
