import { expect, it } from 'vitest';
import { planReleaseFlow } from '../../../src/flows/release-flow.ts';
import { toFlowJob } from '../../../src/flows/to-flow-job.ts';
import { RunId } from '../../../src/ids.ts';

const run = RunId.parse('a'.repeat(32));

it('is a chain from release down to review, each with explicit options', () => {
  const seen: { queue: string; attempts: unknown; ignore: unknown; id: unknown }[] = [];
  let node: ReturnType<typeof toFlowJob> | undefined = toFlowJob(planReleaseFlow(run));
  while (node !== undefined) {
    const opts = node.opts as { attempts?: number; jobId?: string; ignoreDependencyOnFailure?: boolean } | undefined;
    seen.push({
      queue: node.queueName,
      attempts: opts?.attempts,
      ignore: opts?.ignoreDependencyOnFailure,
      id: opts?.jobId,
    });
    node = node.children?.[0] as typeof node;
  }
  expect(seen.map((s) => s.queue)).toEqual(['release', 'canary', 'staging', 'test-gen', 'review']);
  expect(seen.map((s) => s.ignore)).toEqual([undefined, true, true, true, true]);
  for (const { attempts } of seen) expect(attempts).toBeGreaterThan(1);
  expect(new Set(seen.map((s) => s.id)).size).toBe(5);
});

it('ties a payload to its queue at compile time and at run time', () => {
  // @ts-expect-error a staging payload needs a round
  expect(() => toFlowJob({ queue: 'staging', id: 'x', data: { run_id: run } })).toThrow(/round/);
});
