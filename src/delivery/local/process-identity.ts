import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A pid alone is reused by the system; with its start time it names one process for ever. */
export const ProcessIdentity = z.strictObject({ pid: z.int().min(2), started: z.string() });
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

/** When a process started, as the system words it; null when there is no such process (a zombie counts as none). */
function readStartTime(pid: number): string | null {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
    }
    // The name in brackets may hold anything; the fields after the last bracket begin with the state.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return null;
  }
}

export function readIdentity(pid: number): ProcessIdentity | null {
  const started = readStartTime(pid);
  return started === null ? null : { pid, started };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return readStartTime(identity.pid) === identity.started;
}

/** Signals a whole process group; one that is gone already is fine (macOS says EPERM of a group of zombies). */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}
