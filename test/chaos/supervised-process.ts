import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { sendSignal } from '../../src/embedded/end-orphans.ts';
import { type SlipwayProcess, spawnSlipway } from '../../src/spawn-slipway.ts';

/** A part of the fleet under a supervisor, as an init system or a Deployment would keep it: what ends is started again. */
export interface SupervisedProcess {
  readonly name: string;
  /** How it ended so far, each end once. */
  readonly ends: readonly string[];
  pid(): number;
  /** SIGKILL; its successor starts `ms` later. */
  kill(ms: number): Promise<void>;
  /** SIGSTOP for `ms`: longer than a job's lock makes a zombie of it. */
  freeze(ms: number): Promise<void>;
  /** Its next life has this crash point in place of what the fleet shares. Resolves once that life began. */
  arm(order: string): Promise<void>;
  /** SIGTERM; resolves with how it ended. */
  end(): Promise<string>;
}

const RESTART_MS = 300;
/** Longer than a job's lock of 6 s. */
const STOPPED_MS = 15_000;
const LOOK_EVERY_MS = 500;

export function superviseProcess(options: {
  name: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
}): SupervisedProcess {
  const { name, args, env, logFile } = options;
  const ends: string[] = [];
  let order: string | undefined;
  let pauseMs = RESTART_MS;
  let closing = false;
  let current: SlipwayProcess = spawn();
  const watching = watch();
  let stoppedMs = 0;
  // A crash point may have stopped it: after a while it wakes up as a zombie.
  const waking = setInterval(() => {
    const isStopped = readState(current.pid) === 'T';
    stoppedMs = isStopped ? stoppedMs + LOOK_EVERY_MS : 0;
    if (stoppedMs >= STOPPED_MS) sendSignal(current.pid, 'SIGCONT');
  }, LOOK_EVERY_MS);

  function spawn(): SlipwayProcess {
    const more = order === undefined ? {} : { SLIPWAY_CRASH_POINT: order };
    order = undefined;
    return spawnSlipway({ name, args, env: { ...env, ...more }, logFile });
  }

  function harm(signal: NodeJS.Signals): SlipwayProcess {
    sendSignal(current.pid, signal);
    return current;
  }

  async function watch(): Promise<string> {
    for (;;) {
      const how = await current.ended;
      if (closing) return how;
      ends.push(how);
      await wait(pauseMs);
      pauseMs = RESTART_MS;
      if (closing) return how;
      current = spawn();
    }
  }

  return {
    name,
    ends,
    pid: () => current.pid,
    async kill(ms) {
      pauseMs = ms;
      await harm('SIGKILL').ended;
    },
    async freeze(ms) {
      const { pid } = harm('SIGSTOP');
      await wait(ms);
      sendSignal(pid, 'SIGCONT');
    },
    async arm(next) {
      order = next;
      await harm('SIGKILL').ended;
      await wait(RESTART_MS * 2);
    },
    async end() {
      closing = true;
      clearInterval(waking);
      sendSignal(current.pid, 'SIGCONT');
      const late = setTimeout(() => sendSignal(current.pid, 'SIGKILL'), 40_000);
      sendSignal(current.pid, 'SIGTERM');
      const how = await watching;
      clearTimeout(late);
      return how;
    },
  };
}

/** The letter the kernel has for it: R, S, T (stopped), Z … */
function readState(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2)[0];
  } catch {
    return undefined;
  }
}
