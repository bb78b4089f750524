import type { z } from 'zod';
import type { QueueName, registry } from '../queues/registry.ts';
import type { StageResult } from '../queues/stage-job.ts';

/**
 * A job that a stage waits for; added once, however often the step is repeated. With `first` it goes to the head of its
 * queue: the run was moved to the front.
 */
export type ChildJob = {
  [Q in QueueName]: {
    queue: Q;
    id: string;
    data: z.input<(typeof registry)[Q]['Data']>;
    /** Of a job that is not the queue's usual one; a replica that does not know it leaves it to another. */
    name?: string;
    delayMs?: number;
    first?: boolean;
  };
}[QueueName];

/**
 * What a handler returns. A handler never sleeps: it reads what is recorded, does at most what is due, and says how it
 * goes on. Any replica takes the next step, so a handler is written to be entered again at any time.
 */
export type Step<R> =
  | { kind: 'done'; result: R }
  | { kind: 'await_children'; children: readonly ChildJob[]; why: string }
  | { kind: 'delay'; ms: number; why: string };

export type StageStep = Step<StageResult>;

export function proceed(reason: string): StageStep {
  return { kind: 'done', result: { proceed: true, reason } };
}

export function stop(reason: string): StageStep {
  return { kind: 'done', result: { proceed: false, reason } };
}

/** What the handler gets besides its payload. */
export interface StepContext {
  /** Aborted when the lock is lost, the run is stopped or the replica drains. Passed to every port. */
  readonly signal: AbortSignal;
  /** The result of the stage before this one; null when there is none, or when it left no result. */
  readonly upstream: StageResult | null;
  readonly attempt: number;
  /** Throws {LeaseLost} unless the step is still this replica's. Asked last before an act; costs next to nothing. */
  readonly confirmOwner: () => Promise<void>;
  /** The same without waiting, for the very turn of an act that no target can refuse. */
  readonly assertOwner: () => void;
}
