import type { Job } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PermanentFailure, StoreDown, TransientFailure } from '../../src/errors.ts';
import { planReleaseFlow } from '../../src/flows/release-flow.ts';
import { childOptions, toFlowJob } from '../../src/flows/to-flow-job.ts';
import { newRunId, type RunId } from '../../src/ids.ts';
import { openQueues, workerConnection } from '../../src/queues/connections.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { type QueueName, registry } from '../../src/queues/registry.ts';
import type { StepContext } from '../../src/workers/step.ts';
import { proceed, type StageStep, stop } from '../../src/workers/step.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetGround, hurry, makeFleetGround } from '../support/fleet-ground.ts';
import { addJob, reviewCall, settled } from '../support/lone-jobs.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

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

describe('a step', () => {
  it('that waits costs no attempt, and its job comes back', async () => {
    let steps = 0;
    replica('review', () => {
      steps++;
      return Promise.resolve(steps < 8 ? { kind: 'delay', ms: 1, why: 'for time' } : proceed('at last'));
    });
    await add('review', { run_id: runId }, stageJobId(runId, 'review'));
    const { state, job } = await ended('review', stageJobId(runId, 'review'));
    expect({ state, made: job.attemptsMade, started: job.attemptsStarted }).toEqual({
      state: 'completed',
      made: 1,
      started: 8,
    });
    expect(job.returnvalue).toEqual({ proceed: true, reason: 'at last' });
  });

  it('that finds a store down costs no attempt, however often', async () => {
    const id = stageJobId(runId, 'review');
    const times = registry.review.attempts * 2;
    let steps = 0;
    replica('review', () => {
      if (steps++ < times) throw new StoreDown('postgres');
      return Promise.resolve(proceed('the store is back'));
    });
    await add('review', { run_id: runId }, id);
    await eventually('the store is asked again', async () => {
      await hurry(ground.queues, 'review', id);
      return steps > times;
    });
    const { state, job } = await ended('review', id);
    expect({ state, made: job.attemptsMade }).toEqual({ state: 'completed', made: 1 });
  });

  it('that fails is tried again up to the queue’s attempts, and the last error is kept', async () => {
    const id = stageJobId(runId, 'review');
    const attempts: number[] = [];
    replica('review', (_job, { attempt }) => {
      attempts.push(attempt);
      throw new TransientFailure('UNWELL', `attempt ${attempt}`, { retryAfterMs: 1 });
    });
    await add('review', { run_id: runId }, id);
    const { state, job } = await ended('review', id);
    expect(state).toBe('failed');
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(job.failedReason).toBe('[UNWELL] attempt 5');
  });

  it('with a payload that its queue does not take fails at once, without the handler', async () => {
    let asked = false;
    replica('review', () => {
      asked = true;
      return Promise.resolve(proceed('never'));
    });
    await add('review', { head: 'main' }, stageJobId(runId, 'review'));
    const { state, job } = await ended('review', stageJobId(runId, 'review'));
    expect({ state, asked, made: job.attemptsMade }).toEqual({ state: 'failed', asked: false, made: 1 });
    expect(job.failedReason).toMatch(/^\[BAD_PAYLOAD\] .*run_id/s);
  });

  it('row 10: that has killed its worker fifty times fails by name, without the handler', async () => {
    let asked = 0;
    replica('review', () => {
      asked += 1;
      return Promise.resolve(proceed('never'));
    });
    const [good, bad] = [stageJobId(newRunId(), 'review'), stageJobId(runId, 'review')];
    const { redis, byName } = ground.queues;
    // BullMQ counts it in this field, over the job's whole life.
    for (const [id, deaths] of [
      [good, 50],
      [bad, 51],
    ] as const) {
      const job = await byName.review.add(
        'review',
        { run_id: runId },
        { ...childOptions('review', id), delay: 60_000 },
      );
      await redis.hset(byName.review.toKey(id), 'stc', deaths);
      await job.promote();
    }
    expect((await ended('review', good)).state).toBe('completed');
    const { state, job } = await ended('review', bad);
    expect({ state, asked }).toEqual({ state: 'failed', asked: 1 });
    expect(job.failedReason).toBe('[CRASH_LOOP] 51 workers died in this step');
  });

  it('that never will succeed is not tried again', async () => {
    replica('review', () => {
      throw new PermanentFailure('UNKNOWN_RUN', 'gone');
    });
    await add('review', { run_id: runId }, stageJobId(runId, 'review'));
    const { state, job } = await ended('review', stageJobId(runId, 'review'));
    expect({ state, made: job.attemptsMade, why: job.failedReason }).toEqual({
      state: 'failed',
      made: 1,
      why: '[UNKNOWN_RUN] gone',
    });
  });
});

describe('children of a step', () => {
  const review = () => add('review', { run_id: runId }, stageJobId(runId, 'review'));

  it('are added once although the step died between adding and moving, and the parent wakes for them', async () => {
    let steps = 0;
    let calls = 0;
    const child = callOf(0);
    replica('review', () => {
      steps++;
      if (calls === 1) return Promise.resolve(proceed('answered'));
      return Promise.resolve({ kind: 'await_children', children: [child], why: 'for an answer' } as const);
    });
    // The child is there already, under its parent, as a step that died right after adding it leaves it.
    const parent = await review();
    await ground.queues.byName.agents.add('agents', child.data, {
      ...childOptions('agents', child.id),
      parent: { id: parent.id ?? '', queue: parent.queueQualifiedName },
    });
    await eventually('the parent waits', () => parent.isWaitingChildren());
    expect(Object.keys((await parent.getDependencies()).processed ?? {})).toEqual([]);
    expect((await parent.getDependencies()).unprocessed).toEqual([ground.queues.byName.agents.toKey(child.id)]);
    replica('agents', (job) => {
      calls++;
      return Promise.resolve({ kind: 'done', result: { call_id: job.call_id } });
    });
    expect((await ended('review', parent.id ?? '')).job.returnvalue).toEqual({ proceed: true, reason: 'answered' });
    expect({ calls, steps }).toEqual({ calls: 1, steps: 2 });
  });

  it('that ended already are not waited for: the handler is asked again at once', async () => {
    const child = callOf(0);
    const seen: string[] = [];
    replica('agents', (job) => {
      seen.push('call');
      return Promise.resolve({ kind: 'done', result: { call_id: job.call_id } });
    });
    replica('review', () => {
      seen.push('step');
      // Asks for the same child twice, as a step does that was repeated after its answer had come.
      return Promise.resolve(
        seen.filter((s) => s === 'step').length < 4
          ? { kind: 'await_children', children: [child], why: '' }
          : proceed('done'),
      );
    });
    const parent = await review();
    const { job } = await ended('review', parent.id ?? '');
    expect(seen.toSorted()).toEqual(['call', 'step', 'step', 'step', 'step']);
    expect(job.attemptsStarted).toBeLessThanOrEqual(2);
  });

  it('that failed are not added again, do not fail the parent, and do not hold it', async () => {
    const child = callOf(0);
    let calls = 0;
    let steps = 0;
    replica('agents', () => {
      calls++;
      throw new PermanentFailure('CALL_UNKNOWN', 'no such call');
    });
    replica('review', () => {
      steps++;
      return Promise.resolve(
        steps < 3 ? { kind: 'await_children', children: [child], why: '' } : stop('its call failed'),
      );
    });
    const parent = await review();
    const { state, job } = await ended('review', parent.id ?? '');
    expect({ state, calls, result: job.returnvalue }).toEqual({
      state: 'completed',
      calls: 1,
      result: { proceed: false, reason: 'its call failed' },
    });
  });

  it('that failed and are asked for again and again: the step waits for their deadline instead of spinning', async () => {
    let steps = 0;
    replica('agents', () => {
      throw new PermanentFailure('CALL_UNKNOWN', 'no such call');
    });
    replica('review', () => {
      steps++;
      return Promise.resolve({ kind: 'await_children', children: [callOf(0)], why: '' });
    });
    const parent = await review();
    await eventually(
      'the parent is delayed',
      async () => (steps > 1 && (await parent.isDelayed())) || (await parent.isFailed()),
    );
    const job = await ground.queues.byName.review.getJob(parent.id ?? '');
    expect({ failed: await parent.isFailed(), made: job?.attemptsMade, reason: job?.failedReason }).toEqual({
      failed: false,
      made: 0,
      reason: undefined,
    });
    expect(steps).toBeLessThanOrEqual(10);
  });

  it('that are stages and failed end the parent: they have no deadline of their own', async () => {
    const child = { queue: 'staging', id: `${runId}~staging~1`, data: { run_id: runId, round: 1 } } as const;
    replica('staging', () => {
      throw new PermanentFailure('BROKEN', 'cannot deploy');
    });
    replica('canary', () => Promise.resolve({ kind: 'await_children', children: [child], why: '' }));
    await add('canary', { run_id: runId }, stageJobId(runId, 'canary'));
    const { state, job } = await ended('canary', stageJobId(runId, 'canary'));
    expect(state).toBe('failed');
    expect(job.failedReason).toBe(`[CHILD_FAILED] ${runId}~staging~1: [BROKEN] cannot deploy`);
  });

  it('that cannot be added because Redis is away for producers cost no attempt', async () => {
    const url = new URL(ground.redisUrl);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    const producers = openQueues(url.href, ground.log);
    await producers.redis.ping();
    await proxy.close();
    const child = callOf(0);
    let steps = 0;
    replica(
      'review',
      () => {
        steps++;
        return Promise.resolve({ kind: 'await_children', children: [child], why: '' });
      },
      { queues: producers },
    );
    const parent = await review();
    await eventually(
      'the step waits for Redis',
      async () => steps > 0 && ((await parent.isDelayed()) || (await parent.isFailed())),
    );
    expect(await parent.isDelayed()).toBe(true);
    expect((await ground.queues.byName.review.getJob(parent.id ?? ''))?.attemptsMade).toBe(0);
    await producers.close();
  });
});

describe('the tree of a run', () => {
  type Word = StageStep | 'fail';
  /** Each stage says its word when the stage before let it go on, and stops otherwise, as the real ones do. */
  function serve(
    words: Partial<Record<'review' | 'test-gen' | 'staging' | 'canary', Word>>,
  ): Map<string, StepContext['upstream']> {
    const seen = new Map<string, StepContext['upstream']>();
    const handle =
      (stage: 'review' | 'test-gen' | 'staging' | 'canary' | 'release') =>
      (_job: unknown, { upstream }: StepContext) => {
        seen.set(stage, upstream);
        if (stage === 'release') return Promise.resolve(stop('finished'));
        if (stage !== 'review' && upstream?.proceed !== true) return Promise.resolve(stop('upstream'));
        const word = words[stage] ?? proceed(stage);
        if (word === 'fail') throw new PermanentFailure('BROKEN', stage);
        return Promise.resolve(word);
      };
    for (const stage of ['review', 'test-gen', 'staging', 'canary', 'release'] as const) replica(stage, handle(stage));
    return seen;
  }
  async function run(): Promise<Job> {
    await ground.queues.flows.add(toFlowJob(planReleaseFlow(runId)));
    return (await ended('release', stageJobId(runId, 'release'))).job;
  }

  it('runs its stages in order, each with the result of the one before', async () => {
    const seen = serve({});
    await run();
    expect([...seen]).toEqual([
      ['review', null],
      ['test-gen', { proceed: true, reason: 'review' }],
      ['staging', { proceed: true, reason: 'test-gen' }],
      ['canary', { proceed: true, reason: 'staging' }],
      ['release', { proceed: true, reason: 'canary' }],
    ]);
  });

  it('stops all the way up when a stage says no', async () => {
    const seen = serve({ review: stop('rejected') });
    const root = await run();
    expect(seen.get('test-gen')).toEqual({ proceed: false, reason: 'rejected' });
    expect(seen.get('staging')).toEqual({ proceed: false, reason: 'upstream' });
    expect(seen.get('canary')).toEqual({ proceed: false, reason: 'upstream' });
    expect(root.returnvalue).toEqual({ proceed: false, reason: 'finished' });
  });

  it('stops all the way up when a stage failed: two levels up nothing says go on, and release still runs', async () => {
    const seen = serve({ review: 'fail' });
    const root = await run();
    expect(seen.get('test-gen')).toBeNull();
    expect(seen.get('staging')).toEqual({ proceed: false, reason: 'upstream' });
    expect(seen.get('canary')).toEqual({ proceed: false, reason: 'upstream' });
    expect(await root.isCompleted()).toBe(true);
    expect(await (await ground.queues.byName['test-gen'].getJob(stageJobId(runId, 'test-gen')))?.getState()).toBe(
      'completed',
    );
  });

  it('takes no result of another shape for a yes', async () => {
    const seen = serve({ 'test-gen': { kind: 'done', result: { proceed: 'true' } } as unknown as StageStep });
    await run();
    expect(seen.get('staging')).toBeNull();
  });

  it('takes no result of a run-time child for the stage’s before', async () => {
    const seen = new Map<string, StepContext['upstream']>();
    const child = callOf(0);
    replica('agents', () => Promise.resolve({ kind: 'done', result: { proceed: true, reason: 'an answer' } } as never));
    replica('staging', (_job, { upstream }) => {
      seen.set('staging', upstream);
      return Promise.resolve(
        seen.has('asked')
          ? stop('seen')
          : (seen.set('asked', null), { kind: 'await_children', children: [child], why: '' } as const),
      );
    });
    await add('staging', { run_id: runId, round: 0 }, stageJobId(runId, 'staging'));
    await ended('staging', stageJobId(runId, 'staging'));
    expect(seen.get('staging')).toBeNull();
  });
});

describe('a running step', () => {
  /** Runs until its signal is aborted, the first time; later steps are quick. */
  function obedient(log: string[], name: string) {
    return async (_job: unknown, { signal }: StepContext): Promise<StageStep> => {
      log.push(name);
      if (log.length > 1) return proceed(`done by ${name}`);
      // It may have been told before it listens.
      signal.throwIfAborted();
      await new Promise<void>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
      return proceed('never');
    };
  }

  it('is handed back when its replica drains, costs no attempt, and another replica takes it', async () => {
    const log: string[] = [];
    const first = replica('review', obedient(log, 'first'));
    await add('review', { run_id: runId }, stageJobId(runId, 'review'));
    await eventually('it runs', () => log.length === 1);
    await first.stop();
    expect(await (await ground.queues.byName.review.getJob(stageJobId(runId, 'review')))?.getState()).toBe('waiting');
    replica('review', obedient(log, 'second'));
    const { job } = await ended('review', stageJobId(runId, 'review'));
    expect({ log, made: job.attemptsMade, result: job.returnvalue }).toEqual({
      log: ['first', 'second'],
      made: 1,
      result: { proceed: true, reason: 'done by second' },
    });
  });

  it('keeps nobody waiting: a replica that joins takes what waits behind it', async () => {
    const log: string[] = [];
    const busy = ground.replica('review', obedient(log, 'busy'), { concurrency: 1 });
    replicas.push(busy);
    await add('review', { run_id: runId }, stageJobId(runId, 'review'));
    await eventually('it runs', () => log.length === 1);
    const next = newRunId();
    await add('review', { run_id: next }, stageJobId(next, 'review'));
    replica('review', obedient(log, 'joined'));
    const { job } = await ended('review', stageJobId(next, 'review'));
    expect({ log, result: job.returnvalue, active: busy.active() }).toEqual({
      log: ['busy', 'joined'],
      result: { proceed: true, reason: 'done by joined' },
      active: 1,
    });
  });

  it('is aborted when its run is stopped and entered again at once, so that it can see why', async () => {
    const log: string[] = [];
    const started = replica('review', obedient(log, 'it'));
    await add('review', { run_id: runId }, stageJobId(runId, 'review'));
    await eventually('it runs', () => started.active() === 1);
    started.abortRun(newRunId());
    expect(started.active()).toBe(1);
    started.abortRun(runId);
    const { job } = await ended('review', stageJobId(runId, 'review'));
    expect({ log, made: job.attemptsMade }).toEqual({ log: ['it', 'it'], made: 1 });
  });
});

describe('connections', () => {
  it('of workers wait for Redis for ever, those of producers do not', () => {
    const worker = workerConnection(ground.redisUrl, ground.log);
    expect(worker.options.maxRetriesPerRequest).toBeNull();
    expect(ground.queues.redis.options.maxRetriesPerRequest).toBe(1);
    worker.disconnect();
  });

  it('that owe an answer and say nothing are given up, and what they were asked is asked again', async () => {
    const url = new URL(ground.redisUrl);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    const [queues, worker] = [openQueues(url.href, ground.log, 200), workerConnection(url.href, ground.log, 200)];
    await Promise.all([queues.redis.ping(), worker.ping()]);
    proxy.muteAnswers();
    const answers = Promise.all([queues.redis.incr('asked'), worker.incr('asked')]);
    await eventually('Redis did it and could not say so', () => proxy.silenced() === 2);
    expect(await ground.queues.redis.get('asked')).toBe('2');
    proxy.unmute();
    expect((await answers).toSorted((a, b) => a - b)).toEqual([3, 4]);
    worker.disconnect();
    await queues.close();
    await proxy.close();
  });
});
