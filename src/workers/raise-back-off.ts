import type { Queue } from 'bullmq';

/** Never shortens a back-off that is already longer: the last writer would otherwise win. */
export async function raiseBackOff(queue: Queue, ms: number): Promise<void> {
  const current = await queue.getRateLimitTtl();
  if (ms > current) await queue.rateLimit(ms);
}
