import type { Queue } from 'bullmq';

/**
 * Makes a job the next one of its queue: a delayed one is due now, a waiting one goes to the head of the line. Jobs here
 * have no priorities, because any job without one is taken before all that have one (BullMQ 6.7): the head of the line is
 * the only front there is. One that is with a worker, or waits for others, is left as it is. Safe to repeat.
 */
export async function bringForward(queue: Queue, id: string): Promise<void> {
  const job = await queue.getJob(id);
  if (job === undefined) return;
  // Due by itself in this moment: then it is awake, which is all we want.
  if (await job.isDelayed()) await job.promote().catch(() => undefined);
  await job.changePriority({ priority: 0, lifo: true }).catch(() => undefined);
}
