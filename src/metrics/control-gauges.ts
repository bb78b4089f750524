import type { Kysely } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import { BrakeValue, PausableQueue } from '../fleet/control.ts';
import { readControls } from '../fleet/read-controls.ts';
import { readReplicas } from '../fleet/read-replicas.ts';
import { QUEUE_NAMES } from '../queues/registry.ts';
import type { Database } from '../store/tables.ts';

/** What operators want of the fleet, and which replicas there are. */
export function makeControlGauges(registry: Registry, db: Kysely<Database>): { read(): Promise<void>; reset(): void } {
  const registers = [registry];
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
  const clockOffset = new Gauge({
    name: 'slipway_clock_offset_seconds',
    help: 'How far the wall clock of a replica is at least off the database’s, of those that beat: the largest, either way.',
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

  return {
    async read() {
      const [controls, known] = await Promise.all([readControls(db), readReplicas(db)]);
      wantedCap.set(controls.agentCap?.value.value ?? 0);
      for (const queue of PausableQueue.options)
        for (const cause of BrakeValue.shape.cause.options)
          paused.set({ queue, cause }, controls.pauses.get(queue)?.value.cause === cause ? 1 : 0);
      frozen.reset();
      frozen.set({ service: '*' }, controls.freezes.has(null) ? 1 : 0);
      for (const service of controls.freezes.keys()) if (service !== null) frozen.set({ service }, 1);
      for (const state of ['live', 'draining', 'lost'] as const)
        replicas.set({ state }, known.filter((replica) => replica.state === state).length);
      const beating = known.filter(({ state }) => state !== 'lost');
      clockOffset.set(Math.max(0, ...beating.map(({ clockOffsetMs }) => Math.abs(clockOffsetMs ?? 0))) / 1000);
      for (const queue of QUEUE_NAMES)
        serving.set({ queue }, known.filter(({ state, stages }) => state === 'live' && stages.includes(queue)).length);
    },
    reset() {
      for (const gauge of [wantedCap, replicas, serving, clockOffset, paused, frozen]) gauge.reset();
      wantedCap.remove();
    },
  };
}
