import type { FlowJob, FlowJobNode, JobsOptions } from 'bullmq';
import type { z } from 'zod';
import { type QueueName, registry } from '../queues/registry.ts';

/** One node a stage; `data` is tied to `queue`, so a wrong payload does not compile. */
export type FlowNode = {
  [Q in QueueName]: { queue: Q; id: string; data: z.input<(typeof registry)[Q]['Data']>; child?: FlowNode };
}[QueueName];

/** @throws {ZodError} when a payload is not what its queue takes. */
export function toFlowJob(root: FlowNode): FlowJob {
  return { ...fields(root), opts: jobOptions(root.queue, root.id), children: root.child ? [toChild(root.child)] : [] };
}

function toChild(node: FlowNode): FlowJobNode {
  // Stated on every child: the parent still runs and decides by what it finds on the record.
  const opts = childOptions(node.queue, node.id);
  return node.child ? { ...fields(node), opts, children: [toChild(node.child)] } : { ...fields(node), opts };
}

function fields(node: FlowNode) {
  const { name, Data } = registry[node.queue];
  return { name, queueName: name, data: Data.parse(node.data) };
}

/** Explicit on every job: FlowProducer ignores a queue's default options, and without attempts a job is tried once. */
function jobOptions(queue: QueueName, jobId: string) {
  return { jobId, attempts: registry[queue].attempts, backoff: { type: 'capped' } } satisfies JobsOptions;
}

/** Options of a job that has a parent, in the tree or added at run time. */
export function childOptions(queue: QueueName, jobId: string) {
  return { ...jobOptions(queue, jobId), ignoreDependencyOnFailure: true } satisfies JobsOptions;
}
