import type { FlowJob } from 'bullmq';
import { planReleaseFlow } from '../../src/flows/release-flow.ts';
import { toFlowJob } from '../../src/flows/to-flow-job.ts';
import { newRunId } from '../../src/ids.ts';

/** The baseline: BullMQ alone, with the same tree, payloads and options, and nothing behind it. */
export const BARE_PREFIX = '{bare}';
export const BARE_QUEUES = ['review', 'test-gen', 'staging', 'canary', 'release'] as const;

export function bareFlow(): FlowJob {
  return toFlowJob(planReleaseFlow(newRunId()));
}
