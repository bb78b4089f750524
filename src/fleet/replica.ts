import { QUEUE_NAMES, type QueueName } from '../queues/registry.ts';

/** How often a replica says that it lives, milliseconds. */
export const BEAT_EVERY_MS = 2_000;
/** Without a beat for this long a replica is lost; its jobs are taken by another one at about the same time. */
export const LOST_AFTER_S = 12;
/** Lost replicas are listed for this long, then forgotten. */
export const FORGOTTEN_AFTER_S = 6 * 3_600;

/** From here on somebody should set a clock right: times on the record and open deadlines are read from it. Milliseconds. */
export const CLOCK_OFF_MS = 5_000;

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
  /** Its wall clock against the database's: at least this far ahead (positive) or behind; null until its second beat. */
  readonly clockOffsetMs: number | null;
}

/** Queues that no live replica serves: what waits there waits until one comes. Pure. */
export function unservedQueues(replicas: readonly Replica[]): QueueName[] {
  const served = new Set(replicas.filter(({ state }) => state === 'live').flatMap(({ stages }) => stages));
  return QUEUE_NAMES.filter((queue) => !served.has(queue));
}
