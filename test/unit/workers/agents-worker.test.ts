import { expect, it } from 'vitest';
import { newRunId } from '../../../src/ids.ts';
import { registry } from '../../../src/queues/registry.ts';
import { makeAgentHandler } from '../../../src/workers/agents.worker.ts';

const job = { run_id: newRunId(), call_id: 'a call' };

/** A call whose request fails in a way that says nothing certain. */
function makeCall(attempt: number, signal: AbortSignal) {
  const settled: string[] = [];
  const handle = makeAgentHandler({
    agents: {
      runAgentCall: () => Promise.resolve({ kind: 'retry', detail: 'aborted', maybeBilled: true, usage: null }),
    },
    settle: (id) => Promise.resolve(settled.push(id)),
    isOver: () => Promise.resolve(false),
    onReply: () => undefined,
  });
  const ended = handle(job, {
    signal,
    upstream: null,
    attempt,
    confirmOwner: () => Promise.resolve(),
    assertOwner: () => {},
  });
  return { ended, settled };
}

it('ends a call as inconclusive at its last attempt', async () => {
  const { ended, settled } = makeCall(registry.agents.attempts, new AbortController().signal);
  expect(await ended).toMatchObject({ kind: 'done' });
  expect(settled).toEqual(['a call']);
});

it('does not end it when its replica drains or lost it, even at the last attempt: nobody asked the model to the end', async () => {
  const { ended, settled } = makeCall(registry.agents.attempts, AbortSignal.abort('drain'));
  await expect(ended).rejects.toMatchObject({ code: 'ABORTED' });
  expect(settled).toEqual([]);
});
