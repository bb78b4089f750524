import { QUEUE_NAMES, type QueueName } from '../queues/registry.ts';

/** How often a replica says that it lives, milliseconds. */
export const BEAT_EVERY_MS = 3_000;
/** Without a beat for this long a replica is lost; its jobs are taken by another one at about the same time. */
export const LOST_AFTER_S = 12;
/** Lost replicas are listed for this long, then forgotten. */
export const FORGOTTEN_AFTER_S = 6 * 3_600;

export type ReplicaState = 'live' | 'draining' | 'lost';

/** One worker process, as the fleet's registry has it. */
export interface Replica {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly stages: readonly QueueName[];
  /** Jobs of each queue that it takes at once. */
  readonly concurrency: number;
  /** Jobs that it works on now. */
  readonly active: number;
  readonly state: ReplicaState;
  readonly startedAt: Date;
  readonly lastBeat: Date;
}

/** Queues that no live replica serves: what waits there waits until one comes. Pure. */
export function unservedQueues(replicas: readonly Replica[]): QueueName[] {
  const served = new Set(replicas.filter(({ state }) => state === 'live').flatMap(({ stages }) => stages));
  return QUEUE_NAMES.filter((queue) => !served.has(queue));
}
