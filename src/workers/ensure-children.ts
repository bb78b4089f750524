import type { Job, Queue } from 'bullmq';
import { PermanentFailure } from '../errors.ts';
import { childOptions } from '../flows/to-flow-job.ts';
import { type QueueName, registry } from '../queues/registry.ts';
import type { ChildJob } from './step.ts';

/** Adds each child once and gives those that were not there yet. Re-adding a failed child would make its parent wait for ever, so its own record is asked first. */
export async function ensureChildren(
  job: Job,
  queues: Readonly<Record<QueueName, Queue>>,
  children: readonly ChildJob[],
): Promise<ChildJob[]> {
  const { processed = {}, ignored = {}, unprocessed = [] } = await job.getDependencies();
  const fresh = children.filter(({ queue, id }) => {
    const key = queues[queue].toKey(id);
    return !(key in processed || key in ignored || unprocessed.includes(key));
  });
  const { id, queueQualifiedName: queue } = job;
  if (id === undefined) throw new PermanentFailure('NO_JOB_ID', 'a job without an id cannot have children');
  await Promise.all(
    fresh.map((child) =>
      queues[child.queue].add(child.name ?? child.queue, registry[child.queue].Data.parse(child.data), {
        ...childOptions(child.queue, child.id),
        ...(child.first === true ? { lifo: true } : {}),
        ...(child.delayMs === undefined ? {} : { delay: Math.max(0, child.delayMs) }),
        parent: { id, queue },
      }),
    ),
  );
  return fresh;
}
