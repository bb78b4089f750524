import { Gauge, type Registry } from 'prom-client';
import type { Queues } from '../queues/connections.ts';
import { QUEUE_NAMES } from '../queues/registry.ts';

const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'waiting-children', 'failed'] as const;

/** What Redis says of the fleet's queues. `reset` forgets it all, so that nothing old is shown while Redis is away. */
export function makeQueueGauges(registry: Registry, queues: Queues): { read(): Promise<void>; reset(): void } {
  const registers = [registry];
  const jobs = new Gauge({
    name: 'slipway_queue_jobs',
    help: 'Jobs by queue and state.',
    labelNames: ['queue', 'state'],
    registers,
  });
  const oldest = new Gauge({
    name: 'slipway_queue_oldest_age_seconds',
    help: 'Age of the oldest job that waits for a worker; 0 when none does.',
    labelNames: ['queue'],
    registers,
  });
  const cap = new Gauge({
    name: 'slipway_agents_cap',
    help: 'max_concurrent_agents as Redis enforces it; 0 when it is not set.',
    registers,
  });
  const backOff = new Gauge({
    name: 'slipway_agents_back_off_seconds',
    help: 'How long no agent call is made because the model asked everyone to slow down; 0 when it did not.',
    registers,
  });
  const gauges = [jobs, oldest, cap, backOff];

  return {
    async read() {
      for (const name of QUEUE_NAMES) {
        const queue = queues.byName[name];
        const counts = await queue.getJobCounts(...STATES);
        for (const [state, count] of Object.entries(counts)) jobs.set({ queue: name, state }, count);
        const waiting = await Promise.all([
          queue.getJobs(['waiting'], 0, 0, true),
          queue.getJobs(['prioritized'], 0, 0, true),
        ]);
        const since = Math.min(...waiting.flat().map((job) => job.timestamp));
        oldest.set({ queue: name }, Number.isFinite(since) ? Math.max(0, (Date.now() - since) / 1000) : 0);
      }
      cap.set((await queues.byName.agents.getGlobalConcurrency()) ?? 0);
      backOff.set(Math.max(0, await queues.byName.agents.getRateLimitTtl()) / 1000);
    },
    reset() {
      for (const gauge of gauges) gauge.reset();
      // Without labels a reset gauge would still say 0.
      for (const gauge of [cap, backOff]) gauge.remove();
    },
  };
}
