import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { childOptions } from '../../src/flows/to-flow-job.ts';
import { newRunId, type RunId } from '../../src/ids.ts';
import { approvalJobId, stageJobId } from '../../src/queues/job-ids.ts';
import { proceed } from '../../src/workers/step.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { addJob, reviewCall, settled } from '../support/lone-jobs.ts';

let ground: FleetGround;
let runId: RunId;
const replicas: { stop(): Promise<void> }[] = [];
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(() => ground.close());
beforeEach(() => {
  runId = newRunId();
});
afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
});

const replica: FleetGround['replica'] = (...args) => {
  const started = ground.replica(...args);
  replicas.push(started);
  return started;
};
const ended = (id: string) => settled(ground, 'review', id);
const callOf = (n: number) => reviewCall(runId, n);

describe('children of a step that is over', () => {
  it('that it does not need any more are taken away when it ends, and cost no attempt', async () => {
    let steps = 0;
    const question = {
      queue: 'approvals',
      id: approvalJobId(runId, 'review'),
      data: { run_id: runId, stage: 'review' },
      delayMs: 3_600_000,
    } as const;
    // Its answer comes between asking and waiting, and so does a call's whose worker died with its result stored.
    replica('review', () =>
      Promise.resolve(
        steps++ === 0
          ? { kind: 'await_children', children: [question, callOf(0)], why: 'for a person' }
          : proceed('decided'),
      ),
    );
    const parent = await addJob(ground, 'review', { run_id: runId }, stageJobId(runId, 'review'));
    const { state, job } = await ended(parent.id ?? '');
    expect({ state, made: job.attemptsMade, steps, why: job.failedReason }).toEqual({
      state: 'completed',
      made: 1,
      steps: 2,
      why: undefined,
    });
    expect(await ground.queues.byName.approvals.getJob(question.id)).toBeUndefined();
    expect(await ground.queues.byName.agents.getJob(callOf(0).id)).toBeUndefined();
  });

  it('that somebody works on are waited for when it ends, and it is asked again', async () => {
    let steps = 0;
    let isAsked = false;
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    replica('agents', async (job) => {
      isAsked = true;
      await answered;
      return { kind: 'done', result: { call_id: job.call_id } };
    });
    const child = callOf(0);
    const parent = await ground.queues.byName.review.add(
      'review',
      { run_id: runId },
      {
        ...childOptions('review', stageJobId(runId, 'review')),
        delay: 3_600_000,
      },
    );
    // As a step leaves it that died after adding it.
    await ground.queues.byName.agents.add('agents', child.data, {
      ...childOptions('agents', child.id),
      parent: { id: parent.id ?? '', queue: parent.queueQualifiedName },
    });
    await eventually('the call is under way', () => isAsked);
    replica('review', () =>
      Promise.resolve(steps++ === 0 ? { kind: 'delay', ms: 1, why: 'as one that died' } : proceed('stored already')),
    );
    await parent.promote();
    await eventually('the parent waits', () => parent.isWaitingChildren());
    answer();
    const { state, job } = await ended(parent.id ?? '');
    expect({ state, made: job.attemptsMade, steps }).toEqual({ state: 'completed', made: 1, steps: 3 });
  });
});
