import type { Job, Queue } from 'bullmq';
import type { QueueName } from '../queues/registry.ts';
import { splitKey } from './read-upstream.ts';

/** More than any step has. */
const ALL = { unprocessed: { count: 1_000 } };

/**
 * Of a step that is over: calls and questions that it asked for and does not need, because what it waited for came another way (a
 * decision before its wake-up, a result whose worker died with it). BullMQ refuses to end a job with open children, and would
 * count that as a failed attempt. Those that nobody works on are taken away.
 * @returns true when one is being worked on, or is a stage, which ends by itself: the step waits for it and is then asked again.
 */
export async function leaveChildren(
  job: Job,
  queues: Readonly<Record<QueueName, Queue>>,
  token: string | undefined,
): Promise<boolean> {
  const { unprocessed = [] } = await job.getDependencies(ALL);
  if (unprocessed.length === 0) return false;
  await Promise.all(
    unprocessed.map(async (key) => {
      const [, queue, id] = splitKey(key);
      // Of a locked job it does nothing.
      if (id !== undefined && (queue === 'agents' || queue === 'approvals')) await queues[queue].remove(id);
    }),
  );
  return job.moveToWaitingChildren(token ?? '');
}
