import type { Kysely } from 'kysely';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { BrakeValue, PausableQueue } from '../fleet/control.ts';
import { readControls } from '../fleet/read-controls.ts';
import { readReplicas } from '../fleet/read-replicas.ts';
import type { MetricsText } from '../http/server-deps.ts';
import type { Queues } from '../queues/connections.ts';
import { QUEUE_NAMES } from '../queues/registry.ts';
import type { Database } from '../store/tables.ts';
import { renderSums } from './sums.ts';

/** The figures of the fleet, once, from the server: queues from Redis, all sums from Postgres. */
export function makeFleetMetrics({ db, queues }: { db: Kysely<Database>; queues: Queues }): MetricsText {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'slipway_' });
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
  const wantedCap = new Gauge({
    name: 'slipway_agents_cap_wanted',
    help: 'max_concurrent_agents as operators set it; Redis follows within seconds.',
    registers,
  });
  const replicas = new Gauge({
    name: 'slipway_replicas',
    help: 'Worker replicas by state: live, draining, or lost without a goodbye.',
    labelNames: ['state'],
    registers,
  });
  const serving = new Gauge({
    name: 'slipway_queue_replicas',
    help: 'Live replicas that serve a queue; 0 means that what waits there waits for ever.',
    labelNames: ['queue'],
    registers,
  });
  const paused = new Gauge({
    name: 'slipway_queue_paused',
    help: '1 while a queue is paused, by cause: operator, or spend_limit when the model account is out of money.',
    labelNames: ['queue', 'cause'],
    registers,
  });
  const frozen = new Gauge({
    name: 'slipway_frozen',
    help: '1 while nothing of a service may be deployed; service="*" stands for all.',
    labelNames: ['service'],
    registers,
  });
  const live = new Gauge({
    name: 'slipway_runs_live',
    help: 'Runs that are not finished, by stage and status.',
    labelNames: ['stage', 'status'],
    registers,
  });

  async function collect(): Promise<void> {
    for (const name of QUEUE_NAMES) {
      const queue = queues.byName[name];
      const counts = await queue.getJobCounts(
        'waiting',
        'prioritized',
        'active',
        'delayed',
        'waiting-children',
        'failed',
      );
      for (const [state, count] of Object.entries(counts)) jobs.set({ queue: name, state }, count);
      const [first] = await queue.getJobs(['waiting'], 0, 0, true);
      oldest.set({ queue: name }, first === undefined ? 0 : Math.max(0, (Date.now() - first.timestamp) / 1000));
    }
    cap.set((await queues.byName.agents.getGlobalConcurrency()) ?? 0);
    const controls = await readControls(db);
    wantedCap.set(controls.agentCap?.value.value ?? 0);
    for (const queue of PausableQueue.options)
      for (const cause of BrakeValue.shape.cause.options)
        paused.set({ queue, cause }, controls.pauses.get(queue)?.value.cause === cause ? 1 : 0);
    frozen.reset();
    frozen.set({ service: '*' }, controls.freezes.has(null) ? 1 : 0);
    for (const service of controls.freezes.keys()) if (service !== null) frozen.set({ service }, 1);
    const known = await readReplicas(db);
    for (const state of ['live', 'draining', 'lost'] as const)
      replicas.set({ state }, known.filter((replica) => replica.state === state).length);
    for (const queue of QUEUE_NAMES)
      serving.set({ queue }, known.filter(({ state, stages }) => state === 'live' && stages.includes(queue)).length);
    const rows = await db
      .selectFrom('slipway.runs')
      .select(({ fn }) => ['stage', 'status', fn.countAll<string>().as('n')])
      .where('status', '!=', 'finished')
      .groupBy(['stage', 'status'])
      .execute();
    live.reset();
    for (const row of rows) live.set({ stage: row.stage, status: row.status }, Number(row.n));
  }

  return {
    contentType: registry.contentType,
    async text() {
      await collect();
      return `${await registry.metrics()}\n${await renderSums(db)}\n`;
    },
  };
}
