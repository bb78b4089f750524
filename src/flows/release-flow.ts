import type { RunId } from '../ids.ts';
import { stageJobId } from '../queues/job-ids.ts';
import type { FlowNode } from './to-flow-job.ts';

/** The tree of one run. BullMQ runs children first, so the last stage is the root. */
export function planReleaseFlow(runId: RunId): FlowNode {
  const data = { run_id: runId };
  return {
    queue: 'release',
    id: stageJobId(runId, 'release'),
    data,
    child: {
      queue: 'canary',
      id: stageJobId(runId, 'canary'),
      data,
      child: {
        queue: 'staging',
        id: stageJobId(runId, 'staging'),
        data: { ...data, round: 0 },
        child: {
          queue: 'test-gen',
          id: stageJobId(runId, 'test-gen'),
          data,
          child: { queue: 'review', id: stageJobId(runId, 'review'), data },
        },
      },
    },
  };
}
