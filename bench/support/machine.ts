import { cpus, loadavg, totalmem } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

export interface MachineProbe {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly load1: number;
  /** Share of all cores that was busy while this process did nothing: what others take. */
  readonly foreignCpu: number;
}

const WATCH_MS = 1_000;

/** What machine this is, and how busy others keep it. */
export async function readProbes(): Promise<MachineProbe> {
  const before = busy();
  await wait(WATCH_MS);
  const after = busy();
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    load1: loadavg()[0] ?? Number.NaN,
    foreignCpu: (after.busy - before.busy) / (after.all - before.all),
  };
}

function busy(): { busy: number; all: number } {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { busy: all - idle, all };
}
