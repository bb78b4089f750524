import type { Arm } from './pipeline-arms.ts';
import type { Replicas } from './replicas.ts';
import { diffCounts, type StoreCounts, type StoreProbe } from './store-counts.ts';

/** What one slice of one arm took, for each run in it. */
export interface Slice {
  readonly runsPerSecond: number;
  readonly enqueuedPerSecond: number;
  readonly drainedPerSecond: number;
  readonly workerCpuMs: number;
  readonly enqueueCpuMs: number;
  readonly stores: StoreCounts;
  /** What a run holds in Redis while it waits. */
  readonly redisBytesQueued: number;
}

const ENQUEUERS = 25;

/** Puts `runs` runs in line, lets them through, and counts both. What is prepared in between is not counted. */
export async function runSlice(
  arm: Arm,
  { runs, replicas, probe }: { runs: number; replicas: Replicas; probe: StoreProbe },
): Promise<Slice> {
  await arm.hold();
  const start = await probe.read();
  const cpuStart = process.cpuUsage();
  const enqueueMs = await timed(() => enqueueAll(arm, runs));
  const cpu = process.cpuUsage(cpuStart);
  const queued = await probe.read();
  await arm.prepare();

  const before = await probe.read();
  const usage = await replicas.usage();
  const ended = arm.ended(runs);
  const drainMs = await timed(async () => {
    await arm.release();
    await ended;
  });
  const used = await replicas.usage();
  const after = await probe.read();
  const enqueued = diffCounts(queued, start);
  const drained = diffCounts(after, before);
  return {
    runsPerSecond: (runs * 1_000) / (enqueueMs + drainMs),
    enqueuedPerSecond: (runs * 1_000) / enqueueMs,
    drainedPerSecond: (runs * 1_000) / drainMs,
    workerCpuMs: (used.cpuMs - usage.cpuMs) / runs,
    enqueueCpuMs: (cpu.user + cpu.system) / 1_000 / runs,
    stores: perRun(enqueued, drained, runs),
    redisBytesQueued: enqueued.redisBytes / runs,
  };
}

async function enqueueAll(arm: Arm, runs: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: ENQUEUERS }, async () => {
      while (next < runs) await arm.enqueue(next++);
    }),
  );
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function perRun(a: StoreCounts, b: StoreCounts, runs: number): StoreCounts {
  const names = Object.keys(a) as (keyof StoreCounts)[];
  return Object.fromEntries(names.map((name) => [name, (a[name] + b[name]) / runs])) as unknown as StoreCounts;
}
