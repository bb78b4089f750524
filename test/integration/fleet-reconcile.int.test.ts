import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureAgentCall } from '../../src/agents/ask-call.ts';
import { PermanentFailure } from '../../src/errors.ts';
import { childOptions } from '../../src/flows/to-flow-job.ts';
import { RunId } from '../../src/ids.ts';
import { findFlowFaults } from '../../src/queues/find-flow-faults.ts';
import { agentCallId, stageJobId } from '../../src/queues/job-ids.ts';
import { reconcile, startReconciler } from '../../src/runs/reconcile.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { Run } from '../../src/store/tables.ts';
import { stop } from '../../src/workers/step.ts';
import { makeAgentRequest } from '../support/agent-request.ts';
import { eventually } from '../support/eventually.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';

let bench: DeskBench;
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});

const STAGES = ['release', 'canary', 'staging', 'test-gen', 'review'] as const;
const soon = () => new Date(Date.now() + 10_000);
const reconcileAt = (now: Date) => reconcile({ ...bench.ground, config: bench.config }, now);
const idOf = (run: Run) => RunId.parse(run.id);
const jobOf = (run: Run, stage: (typeof STAGES)[number]) =>
  bench.ground.queues.byName[stage].getJob(stageJobId(idOf(run), stage));
const statesOf = (run: Run) => Promise.all(STAGES.map(async (stage) => (await jobOf(run, stage))?.getState()));
const faultsOf = async (run: Run) =>
  (await findFlowFaults(bench.ground.queues, [idOf(run)])).get(idOf(run))?.map(({ kind, jobKey }) => ({
    kind,
    job: jobKey.split(':').slice(1).join(':').replace(run.id, 'run'),
  }));
const WHOLE = ['waiting-children', 'waiting-children', 'waiting-children', 'waiting-children', 'waiting'];

/** As a Redis does that lost a part of its data. */
async function lose(run: Run, stage: (typeof STAGES)[number]): Promise<void> {
  const queue = bench.ground.queues.byName[stage];
  const id = stageJobId(idOf(run), stage);
  const { redis } = bench.ground.queues;
  await redis.del(queue.toKey(id), `${queue.toKey(id)}:dependencies`, `${queue.toKey(id)}:processed`);
  await redis.zrem(queue.toKey('waiting-children'), id);
  await redis.lrem(queue.toKey('wait'), 0, id);
}

async function callOf(run: Run): Promise<string> {
  const runId = idOf(run);
  await ensureAgentCall(bench.ground.db, {
    runId,
    stage: 'review',
    agent: 'review',
    n: 0,
    request: makeAgentRequest(),
    deadlineAt: inHours(1),
  });
  return agentCallId(runId, 'review', 'review', 0);
}

describe('the reconciler', () => {
  it('leaves a flow alone that moves', async () => {
    const run = await bench.enqueue();
    expect(await faultsOf(run)).toBeUndefined();
    const before = (await jobOf(run, 'review'))?.timestamp;
    await reconcileAt(soon());
    expect((await jobOf(run, 'review'))?.timestamp).toBe(before);
    expect(await statesOf(run)).toEqual(WHOLE);
    await bench.finish(run);
  });

  it('gives a run its flow when the enqueue died in between, but not while that may be at it', async () => {
    const run = await bench.enqueue();
    await (await bench.flowOf(run))?.remove();
    expect(await faultsOf(run)).toEqual([{ kind: 'missing', job: 'release:run~release' }]);
    await reconcileAt(new Date());
    expect(await bench.flowOf(run), 'it is too young').toBeUndefined();
    await reconcileAt(soon());
    expect(await statesOf(run)).toEqual(WHOLE);
    expect(await bench.eventsOf(run)).toEqual(['run_enqueued:queued']);
    await bench.finish(run);
  });

  it.each(STAGES)('makes the flow anew when its %s job is lost', async (stage) => {
    const run = await bench.enqueue();
    await lose(run, stage);
    expect(await faultsOf(run)).toEqual([{ kind: 'missing', job: `${stage}:run~${stage}` }]);
    await reconcileAt(soon());
    expect(await statesOf(run)).toEqual(WHOLE);
    expect(await faultsOf(run)).toBeUndefined();
    await bench.finish(run);
  });

  it('repairs the rest although one cannot be repaired', async () => {
    const bad = await bench.enqueue();
    await lose(bad, 'release');
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ service: 'gone\u200b', created_at: new Date('2020-01-01') })
      .where('id', '=', bad.id)
      .execute();
    bench.pr += 1;
    const good = await bench.enqueue();
    await lose(good, 'canary');
    await reconcileAt(soon());
    expect(await statesOf(good)).toEqual(WHOLE);
    await Promise.all([bench.finish(bad), bench.finish(good)]);
  });

  it('makes the flow anew when the job of an agent call is lost, and the stage asks for it again', async () => {
    const run = await bench.enqueue();
    const call = await callOf(run);
    const { agents } = bench.ground.queues.byName;
    let entered = 0;
    const replica = bench.ground.replica('review', async (job) => {
      if (job.run_id !== run.id) return stop('another run');
      entered += 1;
      return {
        kind: 'await_children',
        children: [{ queue: 'agents', id: call, data: { run_id: run.id, call_id: call } }],
        why: 'for an answer',
      };
    });
    try {
      await eventually('the review waits', async () => (await jobOf(run, 'review'))?.isWaitingChildren());
      const before = entered;
      await bench.ground.queues.redis.del(agents.toKey(call));
      await bench.ground.queues.redis.lrem(agents.toKey('wait'), 0, call);
      expect(await faultsOf(run)).toEqual([{ kind: 'missing', job: `agents:run~review~review~0` }]);
      await reconcileAt(soon());
      await eventually('the review waits again', async () => (await jobOf(run, 'review'))?.isWaitingChildren());
      expect(entered).toBeGreaterThan(before);
      expect(await (await agents.getJob(call))?.getState()).toBe('waiting');
      expect(await faultsOf(run)).toBeUndefined();
    } finally {
      await replica.stop();
      await bench.finish(run);
    }
  });

  it('frees a parent whose failed child was added a second time, which BullMQ lets wait for ever', async () => {
    const run = await bench.enqueue();
    const call = await callOf(run);
    const { queues } = bench.ground;
    const data = { run_id: run.id, call_id: call };
    let mayWait = false;
    const review = bench.ground.replica('review', async (job) => {
      if (job.run_id !== run.id) return stop('another run');
      if (mayWait)
        return { kind: 'await_children', children: [{ queue: 'agents', id: call, data }], why: 'for an answer' };
      return { kind: 'delay', ms: 3_600_000, why: 'until the test says so' };
    });
    const agents = bench.ground.replica('agents', async () => {
      throw new PermanentFailure('BROKEN', 'as scripted');
    });
    try {
      const parent = await eventually('the review is delayed', async () => {
        const job = await jobOf(run, 'review');
        return (await job?.isDelayed()) ? job : null;
      });
      const asChild = {
        ...childOptions('agents', call),
        parent: { id: parent.id ?? '', queue: parent.queueQualifiedName },
      };
      await queues.byName.agents.add('agents', data, asChild);
      await eventually('the call failed', async () => (await queues.byName.agents.getJob(call))?.isFailed());
      await queues.byName.agents.add('agents', data, asChild);
      mayWait = true;
      await parent.promote();
      await eventually('the review hangs', () => parent.isWaitingChildren());
      expect(await faultsOf(run)).toEqual([{ kind: 'ended', job: 'agents:run~review~review~0' }]);
      mayWait = false;
      await reconcileAt(soon());
      await eventually('the review goes on', async () => (await jobOf(run, 'review'))?.isDelayed());
      expect(await queues.byName.agents.getJob(call)).toBeUndefined();
    } finally {
      await Promise.all([review.stop(), agents.stop()]);
      await bench.finish(run);
    }
  });

  it('waits for a job that is being worked on before it touches its flow', async () => {
    const run = await bench.enqueue();
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const replica = bench.ground.replica('review', async (job) => {
      if (job.run_id === run.id) await gate;
      return stop('done');
    });
    try {
      const review = await eventually('the review runs', async () => {
        const job = await jobOf(run, 'review');
        return (await job?.isActive()) ? job : null;
      });
      await lose(run, 'release');
      await reconcileAt(soon());
      expect(await review.isActive()).toBe(true);
      open();
      await eventually('the review ended', () => review.isCompleted());
      await reconcileAt(soon());
      await eventually('the run has its finaliser', () => bench.flowOf(run));
    } finally {
      open();
      await replica.stop();
      await bench.finish(run);
    }
  });

  it('tries a failed release job again, because nothing else frees what the run holds', async () => {
    const run = await bench.enqueue();
    const only = { jobId: stageJobId(idOf(run), 'release'), attempts: 1 };
    await (await bench.flowOf(run))?.remove();
    let tries = 0;
    const replica = bench.ground.replica('release', async (job) => {
      if (job.run_id === run.id && ++tries === 1) throw new PermanentFailure('BROKEN', 'as scripted');
      return stop('finished');
    });
    try {
      await bench.ground.queues.byName.release.add('release', { run_id: run.id }, only);
      await eventually('it failed', async () => (await bench.flowOf(run))?.isFailed());
      await reconcileAt(soon());
      await eventually('it was tried again', async () => (await bench.flowOf(run))?.isCompleted());
      expect(tries).toBe(2);
    } finally {
      await replica.stop();
      await bench.finish(run);
    }
  });

  it('adds only the finaliser to a run that ended on the record and lost its flow before its row said so', async () => {
    const run = await bench.enqueue();
    await openRecord(bench.ground.audit, run).append({
      stage: 'release',
      step: 'finish',
      event: 'run_finished',
      rationale: 'a stage ended without a decision',
      outcome: 'failed',
      payload: {},
    });
    await (await bench.flowOf(run))?.remove();
    await reconcileAt(soon());
    expect(await statesOf(run)).toEqual(['waiting', undefined, undefined, undefined, undefined]);
    await bench.finish(run);
  });

  it('reconciles on start, on one replica at a time', async () => {
    const { queues } = bench.ground;
    await queues.redis.del('{slipway}:reconciler');
    const run = await bench.enqueue();
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ created_at: new Date('2026-01-01') })
      .where('id', '=', run.id)
      .execute();
    await lose(run, 'release');
    const first = startReconciler({ ...bench.ground, config: bench.config });
    await eventually('the flow is there', () => bench.flowOf(run));
    await lose(run, 'release');
    const second = startReconciler({ ...bench.ground, config: bench.config });
    await second.close();
    expect(await bench.flowOf(run)).toBeUndefined();
    await first.close();
    await bench.finish(run);
  });
});
