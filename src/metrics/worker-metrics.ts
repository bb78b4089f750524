import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CallOutcome } from '../agents/call-agent.ts';
import type { QueueName } from '../queues/registry.ts';

/** What one worker process says of itself; fleet figures come once, from the server. */
export interface WorkerMetrics {
  readonly contentType: string;
  readonly registry: Registry;
  text(): Promise<string>;
  readonly stepEnded: (queue: QueueName, kind: string, ms: number) => void;
  readonly agentCallEnded: (kind: CallOutcome['kind'], ms: number) => void;
}

export function makeWorkerMetrics(stages: readonly QueueName[]): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'slipway_' });
  const registers = [registry];
  const steps = new Histogram({
    name: 'slipway_worker_step_duration_seconds',
    help: 'One step of a job on this replica, by queue and how it went on.',
    labelNames: ['queue', 'kind'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300],
    registers,
  });
  const calls = new Counter({
    name: 'slipway_worker_agent_requests_total',
    help: 'Requests this replica sent to the model, by what came of them.',
    labelNames: ['outcome'],
    registers,
  });
  const serves = new Gauge({
    name: 'slipway_worker_stage_info',
    help: '1 for each queue this replica serves.',
    labelNames: ['queue'],
    registers,
  });
  for (const queue of stages) serves.set({ queue }, 1);
  return {
    contentType: registry.contentType,
    registry,
    text: () => registry.metrics(),
    stepEnded: (queue, kind, ms) => steps.observe({ queue, kind }, ms / 1000),
    agentCallEnded: (kind) => calls.inc({ outcome: kind }),
  };
}
