import type { Job } from 'bullmq';
import { childOptions } from '../../src/flows/to-flow-job.ts';
import type { RunId } from '../../src/ids.ts';
import { agentCallId } from '../../src/queues/job-ids.ts';
import type { QueueName } from '../../src/queues/registry.ts';
import type { ChildJob } from '../../src/workers/step.ts';
import { eventually } from './eventually.ts';
import type { FleetGround } from './fleet-ground.ts';

/** A job without a flow around it. */
export function addJob({ queues }: FleetGround, queue: QueueName, data: object, id: string): Promise<Job> {
  return queues.byName[queue].add(queue, data, childOptions(queue, id));
}

/** Waits until a job has completed or failed. */
export async function settled(
  { queues }: FleetGround,
  queue: QueueName,
  id: string,
): Promise<{ state: string; job: Job }> {
  return eventually(`${id} ends`, async () => {
    const state = await (await queues.byName[queue].getJob(id))?.getState();
    if (state !== 'completed' && state !== 'failed') return null;
    // Read once it has ended: a job object is a copy of what was.
    const job = await queues.byName[queue].getJob(id);
    return job === undefined ? null : { state, job };
  });
}

/** The job of a run's n-th call to the reviewer. */
export function reviewCall(runId: RunId, n: number): Extract<ChildJob, { queue: 'agents' }> {
  const id = agentCallId(runId, 'review', 'review', n);
  return { queue: 'agents', id, data: { run_id: runId, call_id: id } };
}
