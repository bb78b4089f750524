import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { findProcessesIn } from './processes.ts';

/** Looks again after this long; there is no event for the end of a process that is not our child. */
const POLL_MS = 20;

/**
 * Ends servers that an owner who was killed left working in `directory`: two servers on one directory would destroy
 * it. `signal` asks for an orderly end; what is still there after `graceMs` is killed. Call it only while holding the
 * lock of the data directory.
 */
export async function endOrphans(options: {
  directory: string;
  names: readonly string[];
  signal: NodeJS.Signals;
  log: Logger;
  graceMs?: number;
}): Promise<void> {
  const { directory, names, signal, log, graceMs = 15_000 } = options;
  const orphans = await findProcessesIn(directory, names);
  if (orphans.length === 0) return;
  log.warn({ directory, pids: orphans }, 'ending servers that an earlier owner left behind');
  for (const pid of orphans) sendSignal(pid, signal);
  const killAt = Date.now() + graceMs;
  const giveUpAt = killAt + graceMs;
  for (;;) {
    const left = await findProcessesIn(directory, names);
    if (left.length === 0) return;
    if (Date.now() > giveUpAt)
      throw new Error(
        `process ${left.join(', ')} works in ${directory} and cannot be ended: end it by hand and start again`,
      );
    if (Date.now() > killAt) for (const pid of left) sendSignal(pid, 'SIGKILL');
    await wait(POLL_MS);
  }
}

/** Sends a signal; that the process is already gone is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
