import type { Queue } from 'bullmq';

/** What holds back a queue as a whole. */
export interface QueueState {
  readonly paused: boolean;
  /** Until when nothing is taken because the model asked everyone to slow down; null when nothing did. */
  readonly backOffMs: number | null;
  /** Jobs that may run at once over the whole fleet; null where there is no cap. */
  readonly cap: number | null;
  readonly active: number;
}

export async function readQueueState(queue: Queue): Promise<QueueState> {
  const [paused, backOffMs, cap, active] = await Promise.all([
    queue.isPaused(),
    queue.getRateLimitTtl(),
    queue.getGlobalConcurrency(),
    queue.getActiveCount(),
  ]);
  return { paused, backOffMs: backOffMs > 0 ? backOffMs : null, cap, active };
}
