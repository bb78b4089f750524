import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TransientFailure } from '../../src/errors.ts';
import { pauseForMoney } from '../../src/fleet/pause-for-money.ts';
import { newRunId, type RunId } from '../../src/ids.ts';
import { type QueueName, registry } from '../../src/queues/registry.ts';
import { makeAgentHandler } from '../../src/workers/agents.worker.ts';
import { FleetBackOff, SpendLimit } from '../../src/workers/fleet-back-off.ts';
import { raiseBackOff } from '../../src/workers/raise-back-off.ts';
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
beforeEach(async () => {
  await ground.queues.redis.flushdb();
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

const add = (queue: QueueName, data: object, id: string) => addJob(ground, queue, data, id);
const ended = (queue: QueueName, id: string) => settled(ground, queue, id);
const callOf = (n: number) => reviewCall(runId, n);

describe('the model’s limits', () => {
  const addCalls = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => add('agents', callOf(n).data, callOf(n).id)));
  const noAnswer = { settle: () => Promise.resolve(), isOver: () => Promise.resolve(false), onReply: () => undefined };

  it('a back-off stops every replica, costs no attempt, and then all go on', async () => {
    const asked: string[] = [];
    let limited = true;
    const handler = (name: string) =>
      makeAgentHandler({
        ...noAnswer,
        agents: {
          runAgentCall() {
            asked.push(name);
            return Promise.resolve(
              limited ? { kind: 'back_off', retryAfterMs: 60_000, detail: '429' } : { kind: 'done' },
            );
          },
        },
      });
    replica('agents', handler('one'), { concurrency: 1 });
    replica('agents', handler('two'), { concurrency: 1 });
    await addCalls(1);
    await eventually('the fleet backs off', async () => (await ground.queues.byName.agents.getRateLimitTtl()) > 50_000);
    const before = asked.length;
    expect(before).toBe(1);
    limited = false;
    // More work comes in: nobody takes it, neither the replica that met the limit nor the one that did not.
    await Promise.all([1, 2, 3].map((n) => add('agents', callOf(n).data, callOf(n).id)));
    await eventually('both replicas know', async () => (await ground.queues.byName.agents.getActiveCount()) === 0);
    expect(asked.length).toBe(before);
    expect(await ground.queues.byName.agents.getJobCounts('waiting', 'failed', 'completed')).toEqual({
      waiting: 4,
      failed: 0,
      completed: 0,
    });
    await ground.queues.byName.agents.removeRateLimitKey();
    for (const n of [0, 1, 2, 3]) {
      const { state, job } = await ended('agents', callOf(n).id);
      expect({ state, made: job.attemptsMade }).toEqual({ state: 'completed', made: 1 });
    }
  });

  it('a later, shorter back-off never shortens the one that holds', async () => {
    const { agents } = ground.queues.byName;
    const { redis } = ground.queues;
    await Promise.all([60_000, 2_000, 30_000, 1].map((ms) => raiseBackOff(agents, redis, ms)));
    expect(await agents.getRateLimitTtl()).toBeGreaterThan(55_000);
    await raiseBackOff(agents, redis, 500);
    expect(await agents.getRateLimitTtl()).toBeGreaterThan(55_000);
    await raiseBackOff(agents, redis, 90_000);
    expect(await agents.getRateLimitTtl()).toBeGreaterThan(85_000);
  });

  it('a spend limit pauses the queue, costs no attempt, and resumes where it was', async () => {
    let spent = true;
    replica(
      'agents',
      makeAgentHandler({
        ...noAnswer,
        agents: {
          runAgentCall: () => Promise.resolve(spent ? { kind: 'spend_limit', detail: 'no money' } : { kind: 'done' }),
        },
      }),
      { onSpendLimit: (detail) => pauseForMoney(ground, detail) },
    );
    await addCalls(2);
    await eventually(
      'the queue is paused and idle',
      async () =>
        (await ground.queues.byName.agents.isPaused()) && (await ground.queues.byName.agents.getActiveCount()) === 0,
    );
    expect(await ground.queues.byName.agents.getFailedCount()).toBe(0);
    spent = false;
    await ground.queues.byName.agents.resume();
    for (const n of [0, 1]) {
      const { state, job } = await ended('agents', callOf(n).id);
      expect({ state, made: job.attemptsMade }).toEqual({ state: 'completed', made: 1 });
    }
  });

  it('are thrown as what the shell knows, and the last attempt ends the call as inconclusive', async () => {
    const ended: string[] = [];
    const told: string[] = [];
    const replies: Record<
      string,
      Awaited<ReturnType<Parameters<typeof makeAgentHandler>[0]['agents']['runAgentCall']>>
    > = {
      done: { kind: 'done' },
      back_off: { kind: 'back_off', retryAfterMs: 7, detail: 'slow' },
      spend_limit: { kind: 'spend_limit', detail: 'no money' },
      retry: { kind: 'retry', detail: 'cut', maybeBilled: true, usage: null },
    };
    const handle = makeAgentHandler({
      agents: { runAgentCall: (id) => Promise.resolve(replies[id] ?? { kind: 'done' }) },
      settle: (id, reason) => Promise.resolve(ended.push(`${id} ${reason}`)),
      isOver: (id) => Promise.resolve(id !== runId),
      onReply: (kind) => told.push(kind),
    });
    const step = (call_id: string, attempt = 1, run_id = runId) =>
      handle(
        { run_id, call_id },
        {
          signal: new AbortController().signal,
          upstream: null,
          attempt,
          confirmOwner: async () => {},
          assertOwner: () => {},
        },
      );
    expect(await step('done')).toEqual({ kind: 'done', result: { call_id: 'done' } });
    await expect(step('back_off')).rejects.toMatchObject({ name: 'FleetBackOff', retryAfterMs: 7 });
    await expect(step('back_off')).rejects.toBeInstanceOf(FleetBackOff);
    await expect(step('spend_limit')).rejects.toBeInstanceOf(SpendLimit);
    await expect(step('retry', registry.agents.attempts - 1)).rejects.toBeInstanceOf(TransientFailure);
    expect(ended).toEqual([]);
    expect(await step('retry', registry.agents.attempts)).toEqual({ kind: 'done', result: { call_id: 'retry' } });
    expect(ended).toEqual(['retry transport']);
    const before = told.length;
    expect(await step('retry', 1, newRunId())).toMatchObject({ kind: 'done' });
    expect(told.length, 'a run that is over pays for no call').toBe(before);
  });
});
