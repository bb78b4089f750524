import type { Queue } from 'bullmq';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { lead } from './lead.ts';
import type { SweepDeps } from './run-deps.ts';

/** The name of these jobs on the staging queue; a replica of a version before leaves them to one that knows them. */
export const BASELINE_JOB = 'baseline';
export const BaselineJob = z.object({ service: z.string() });

const PREFIX = 'baseline-';
const LOOK_EVERY_MS = 60_000;

/**
 * One BullMQ job scheduler for each service whose metric source keeps production's past. The queue itself makes one job a
 * period, however many replicas there are. Redis may lose it, so one replica at a time looks and puts it back.
 */
export async function assertBaselineSchedules(queue: Queue, config: Config): Promise<void> {
  const wanted = new Map(
    Object.entries(config.services)
      .filter(([, { delivery }]) => delivery.kind === 'local' || delivery.metrics.kind !== 'haproxy')
      .map(([name, { staging }]) => [PREFIX + name, Math.round(staging.baseline.pull_every_min * 60_000)]),
  );
  const there = new Map<string, number>();
  for (const scheduler of await queue.getJobSchedulers()) {
    if (scheduler.key.startsWith(PREFIX)) there.set(scheduler.key, Number(scheduler.every ?? 0));
  }
  for (const key of there.keys()) if (!wanted.has(key)) await queue.removeJobScheduler(key);
  for (const [key, every] of wanted) {
    // Told again it would begin anew, and with many replicas never come to its time.
    if (there.get(key) === every) continue;
    const data = { service: key.slice(PREFIX.length) };
    const opts = { attempts: 1, removeOnComplete: true, removeOnFail: 10 };
    await queue.upsertJobScheduler(key, { every }, { name: BASELINE_JOB, data, opts });
  }
}

export function startBaselineSchedules(deps: Pick<SweepDeps, 'queues' | 'config' | 'log'>): {
  readonly close: () => Promise<void>;
} {
  const { queues, config, log } = deps;
  const work = () => assertBaselineSchedules(queues.byName.staging, config);
  return lead({ name: 'baseline-schedules', everyMs: LOOK_EVERY_MS, redis: queues.redis, work, log });
}
