import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PermanentFailure, StoreDown, TransientFailure } from '../../src/errors.ts';
import { pauseForMoney } from '../../src/fleet/pause-for-money.ts';
import { RunId } from '../../src/ids.ts';
import { openQueues, type Queues } from '../../src/queues/connections.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { describeWait } from '../../src/runs/describe-wait.ts';
import { askPeople } from '../../src/runs/escalate.ts';
import { readWaitFacts } from '../../src/runs/read-wait-facts.ts';
import { openRecord } from '../../src/runs/record.ts';
import { WAITS } from '../../src/runs/wait-words.ts';
import { type Wait, whyWaiting } from '../../src/runs/why-waiting.decide.ts';
import { acquireLease } from '../../src/store/leases.ts';
import type { Run } from '../../src/store/tables.ts';
import { waiting } from '../../src/workers/enter-stage.ts';
import { raiseBackOff } from '../../src/workers/raise-back-off.ts';
import { type StageStep, stop } from '../../src/workers/step.ts';
import { ASKER } from '../support/asker.ts';
import { eventually } from '../support/eventually.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';
import { makeContextPackage } from '../support/http-seeds.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

let bench: DeskBench;
const stops: (() => Promise<void>)[] = [];
const gates: (() => void)[] = [];

beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});
afterEach(async () => {
  for (const open of gates.splice(0)) open();
  for (const end of stops.splice(0).toReversed()) await end();
  await bench.ground.queues.redis.flushall();
});

async function ask(run: Run, queues: Queues = bench.ground.queues): Promise<Wait> {
  const facts = await readWaitFacts(
    { ...bench.ground, queues, config: bench.config },
    await bench.current(run),
    new Date(),
  );
  return whyWaiting(facts);
}

/** Asks until the answer is of this kind; returns it with its line. */
async function whenItIs<K extends Wait['kind']>(
  kind: K,
  run: Run,
  queues?: Queues,
): Promise<Extract<Wait, { kind: K }> & { line: string }> {
  let last = 'nothing';
  const found = await eventually(`a wait of kind ${kind}`, async () => {
    const wait = await ask(run, queues);
    last = describeWait(wait, new Date());
    return wait.kind === kind ? (wait as Extract<Wait, { kind: K }>) : null;
  }).catch((error: unknown) => {
    throw new Error(`it says instead: ${last}`, { cause: error });
  });
  return { ...found, line: describeWait(found, new Date()) };
}

/** One replica that takes review steps; it is gone when the test ends. */
function reviewer(step: (run: Run) => Promise<StageStep> | StageStep, concurrency = 5): void {
  const replica = bench.ground.replica('review', async (job) => step(await bench.current({ id: job.run_id })), {
    concurrency,
  });
  stops.push(() => replica.stop());
}

/** In the registry, as a process that serves these queues puts itself there. */
async function register(...stages: string[]): Promise<void> {
  const { db } = bench.ground;
  const id = `replica-${stops.length}`;
  const row = { id, host: 'here', pid: 1, version: '0', stages: JSON.stringify(stages), concurrency: 1, active: 0 };
  await db.insertInto('slipway.replicas').values(row).execute();
  stops.push(async () => void (await db.deleteFrom('slipway.replicas').where('id', '=', id).execute()));
}

/** A gate for handlers: they stand in it until the test ends. */
function makeGate(): { stand(): Promise<StageStep> } {
  let open = () => {};
  const opened = new Promise<StageStep>((resolve) => {
    open = () => resolve(stop('the test is over'));
  });
  gates.push(() => open());
  return { stand: () => opened };
}

/** A review that waits for one model call. */
function asksModel(run: Run): StageStep {
  const id = `${run.id}~review~review~0`;
  const child = { queue: 'agents', id, data: { run_id: run.id, call_id: id } } as const;
  return { kind: 'await_children', children: [child], why: 'for the review by the agent' };
}

describe('a run whose jobs wait', () => {
  it('says that no live replica serves its queue', async () => {
    const run = await bench.enqueue();
    expect((await whenItIs('unserved', run)).line).toBe('no live replica serves the queue review');
  });

  it('says its place in line for a worker, and where a step runs since when', async () => {
    const [first, second, third] = [await bench.enqueue(), await enqueueNext(), await enqueueNext()];
    const gate = makeGate();
    await register('review');
    reviewer(() => gate.stand(), 1);
    const running = await whenItIs('running', first);
    expect(running).toMatchObject({ queue: 'review', since: expect.any(Date) });
    expect(running.line).toMatch(
      /^review runs on replica test-replica since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, \d s$/,
    );
    expect(await whenItIs('queued', second)).toMatchObject({
      queue: 'review',
      place: 1,
      line: '1st in line for a worker of the queue review',
    });
    expect(await whenItIs('queued', third)).toMatchObject({ place: 2 });
    // Jobs with a priority come after those without one, and before nobody else's.
    const job = await bench.ground.queues.byName.review.getJob(stageJobId(RunId.parse(second.id), 'review'));
    await job?.changePriority({ priority: 5 });
    expect(await whenItIs('queued', third)).toMatchObject({ place: 1 });
    expect(await whenItIs('queued', second)).toMatchObject({ place: 2 });
  });

  it('says its place in line for an agent slot while all of the cap are taken', async () => {
    await bench.ground.queues.byName.agents.setGlobalConcurrency(1);
    const gate = makeGate();
    await register('review');
    reviewer(asksModel);
    const runs = [await bench.enqueue(), await enqueueNext(), await enqueueNext()] as const;
    for (const run of runs) await whenItIs('unserved', run);
    await register('agents');
    const agents = bench.ground.replica('agents', async () => {
      await gate.stand();
      return { kind: 'done', result: { call_id: 'x' } };
    });
    stops.push(() => agents.stop());
    const waits = await eventually('one call runs and two wait', async () => {
      const all = await Promise.all(runs.map((run) => ask(run)));
      return all.filter(({ kind }) => kind === 'agent_slot').length === 2 ? all : null;
    });
    expect(waits.filter(({ kind }) => kind === 'running')).toHaveLength(1);
    const lines = waits.map((wait) => describeWait(wait, new Date()));
    expect(lines).toContain('1st in line for an agent slot (all 1 are taken)');
    expect(lines).toContain('2nd in line for an agent slot (all 1 are taken)');
  });

  it('says until when the model asked everyone to slow down', async () => {
    await register('review', 'agents');
    reviewer(asksModel);
    const agents = bench.ground.replica('agents', async () => ({ kind: 'done', result: { call_id: 'x' } }));
    stops.push(() => agents.stop());
    await raiseBackOff(bench.ground.queues.byName.agents, bench.ground.queues.redis, 120_000);
    const run = await bench.enqueue();
    const wait = await whenItIs('back_off', run);
    expect(wait.until.getTime() - Date.now()).toBeGreaterThan(60_000);
    expect(wait.line).toMatch(/^the model asked everyone to slow down: no call before .* UTC, in (\d+ s|2 min)$/);
  });

  it('says who paused its queue, since when and why', async () => {
    await register('review', 'agents');
    reviewer(asksModel);
    const run = await bench.enqueue();
    await pauseForMoney(bench.ground, 'monthly limit');
    stops.push(async () => void (await bench.ground.db.deleteFrom('slipway.fleet_controls').execute()));
    expect((await whenItIs('paused', run)).line).toMatch(
      /^the queue agents is paused by slipway since .* UTC, \d+ s, because: the model account’s spend limit is reached: monthly limit$/,
    );
  });

  it('says that the replica which ran it is gone, until another took over', async () => {
    const gate = makeGate();
    reviewer(() => gate.stand());
    const run = await bench.enqueue();
    await whenItIs('running', run);
    const { review } = bench.ground.queues.byName;
    await bench.ground.queues.redis.del(`${review.toKey(stageJobId(RunId.parse(run.id), 'review'))}:lock`);
    expect((await whenItIs('orphaned', run)).line).toContain('that ran review is gone or stands still');
  });
});

describe('a run whose step waits', () => {
  it('names who may decide, since when, and when the question expires', async () => {
    reviewer(async (run) => {
      const question = {
        stage: 'review',
        reasons: [{ code: 'risk_score', text: 'the risk score is 8' }],
        contextPackage: makeContextPackage(),
        approvalsNeeded: 2,
        approvalsWhy: [],
        branchPolicy: null,
        owners: [],
        deadlineAt: inHours(72),
      } as const;
      const record = openRecord(bench.ground.audit, run);
      const answer = await askPeople(bench.ground.db, record, run, async () => question, 'review', new Date(), ASKER);
      if (answer.kind === 'decided') return stop('decided');
      return { kind: 'await_children', children: [answer.job], why: 'for a person to decide' };
    });
    const run = await bench.enqueue();
    const wait = await whenItIs('human', run);
    // nina is the claimed author.
    expect(wait.question).toMatchObject({ needed: 2, approved: [], mayDecide: ['tomas', 'uma', 'mara', 'jonas'] });
    expect(wait.line).toMatch(
      /^for a human since .* UTC, \d+ s, 0 of 2 approvals \(tomas, uma, mara or jonas may decide; expires in [23] d\)$/,
    );
    const mara = { tokenId: 't', name: 'mara', person: 'mara', scopes: ['decide'] };
    await bench.desk.decide(
      RunId.parse(run.id),
      { decision: 'approve', reason: 'fine', head_sha: run.head_sha as never },
      mara,
    );
    expect((await whenItIs('human', run)).question).toMatchObject({
      approved: ['mara'],
      mayDecide: ['tomas', 'uma', 'jonas'],
    });
  });

  it('names the lease, its holder and the place in line', async () => {
    const lease = 'canary:shop';
    reviewer(async (run) => {
      const answer = await acquireLease(bench.ground.db, lease, RunId.parse(run.id));
      if (answer.held) return waiting(bench.ground, run, { kind: 'delay', ms: 600_000, why: WAITS.tick });
      return waiting(bench.ground, run, { kind: 'delay', ms: 600_000, why: `for the lease, ${answer.ahead} ahead` });
    });
    const holder = await bench.enqueue();
    await whenItIs('tick', holder);
    const second = await enqueueNext();
    await whenItIs('lease', second);
    const third = await enqueueNext();
    const wait = await whenItIs('lease', third);
    expect(wait.lease).toMatchObject({ name: lease, holder: holder.id, ahead: 1 });
    expect(wait.line).toContain(`2nd in line for the lease ${lease} since `);
    expect(wait.line).toContain(`(held by run ${holder.id})`);
  });

  it('says when the next canary tick is due', async () => {
    reviewer((run) => waiting(bench.ground, run, { kind: 'delay', ms: 600_000, why: WAITS.tick }));
    const run = await bench.enqueue();
    const wait = await whenItIs('tick', run);
    expect(wait.until.getTime() - Date.now()).toBeGreaterThan(500_000);
    expect(wait.line).toMatch(/^next canary tick in \d+ min$/);
  });

  it('says what else it waits for, and when it looks again', async () => {
    const why = 'for the canary to become healthy';
    reviewer((run) => waiting(bench.ground, run, { kind: 'delay', ms: 60_000, why }));
    const run = await bench.enqueue();
    expect((await whenItIs('step', run)).line).toMatch(
      /^waits for the canary to become healthy; looks again in \d+ s$/,
    );
  });

  it('says which attempt comes when, and why the last one failed', async () => {
    reviewer(() => {
      throw new TransientFailure('GIT', 'the forge answered 502', { retryAfterMs: 90_000 });
    });
    const run = await bench.enqueue();
    const wait = await whenItIs('retry', run);
    expect(wait).toMatchObject({ queue: 'review', attempt: 2, of: 5, reason: '[GIT] the forge answered 502' });
    expect(wait.line).toMatch(
      /^review is tried again in \d+ s, attempt 2 of 5, because: \[GIT\] the forge answered 502$/,
    );
  });

  it('does not take an old failure for the reason of a later wait', async () => {
    let times = 0;
    reviewer((run) => {
      if (times++ === 0) throw new TransientFailure('GIT', 'once', { retryAfterMs: 1 });
      return waiting(bench.ground, run, { kind: 'delay', ms: 60_000, why: WAITS.tick });
    });
    expect(await whenItIs('tick', await bench.enqueue())).toBeDefined();
  });

  it('says that a store was out of reach, and when the step is tried again', async () => {
    reviewer(() => {
      throw new StoreDown('postgres');
    });
    const run = await bench.enqueue();
    const wait = await whenItIs('store_unreachable', run);
    expect(wait.until).toBeInstanceOf(Date);
    expect(wait.line).toMatch(/^a store was out of reach: the step is tried again (now|in \d+ s)$/);
  });
});

describe('a run that will not move by itself', () => {
  it('says that Redis is out of reach, refused or silent', async () => {
    const run = await bench.enqueue();
    const refused = openQueues('redis://127.0.0.1:1', bench.ground.log);
    stops.push(() => refused.close());
    const line = 'redis is out of reach: nothing moves until it is back, nothing is lost';
    expect((await whenItIs('store_unreachable', run, refused)).line).toBe(line);

    const url = new URL(bench.ground.redisUrl);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    stops.push(() => proxy.close());
    const cut = openQueues(url.href, bench.ground.log);
    stops.push(() => cut.close());
    await whenItIs('unserved', run, cut);
    proxy.muteAnswers();
    expect((await whenItIs('store_unreachable', run, cut)).line).toBe(line);
  });

  it('says that its jobs are gone', async () => {
    const run = await bench.enqueue();
    await (await bench.flowOf(run))?.remove();
    expect((await whenItIs('no_flow', run)).line).toContain('it has no jobs in Redis');
  });

  it('says that it waits for a job that is gone', async () => {
    reviewer(asksModel);
    const run = await bench.enqueue();
    await whenItIs('unserved', run);
    const call = await eventually('the call is queued', async () =>
      (await bench.ground.queues.byName.agents.getJobs(['waiting'])).find((job) => job.id?.startsWith(run.id)),
    );
    await bench.ground.queues.redis.del(bench.ground.queues.byName.agents.toKey(call.id ?? ''));
    expect(await whenItIs('stuck', run)).toMatchObject({ queue: 'review', reason: 'it waits for jobs that are gone' });
  });

  it('says that its release job has failed, and why', async () => {
    const failing = () => {
      throw new PermanentFailure('UNKNOWN_SERVICE', 'shop is not in this file');
    };
    const replicas = [
      ...(['review', 'test-gen', 'staging', 'canary'] as const).map((queue) =>
        bench.ground.replica(queue, async () => stop('no')),
      ),
      bench.ground.replica('release', failing),
    ];
    stops.push(...replicas.map((replica) => () => replica.stop()));
    const run = await bench.enqueue();
    expect((await whenItIs('stuck', run)).line).toBe(
      'stuck: its release job cannot go on ([UNKNOWN_SERVICE] shop is not in this file)',
    );
  });

  it('says that it is being stopped, and what keeps the stop from happening', async () => {
    const gate = makeGate();
    const run = await bench.enqueue();
    await bench.desk.cancel(RunId.parse(run.id), 'not today', {
      tokenId: 't',
      name: 'mara',
      person: 'mara',
      scopes: ['enqueue'],
    });
    // All that is left of its flow is what ends it.
    expect((await whenItIs('unserved', run)).line).toBe('no live replica serves the queue release');
    const replica = bench.ground.replica('release', () => gate.stand());
    stops.push(() => replica.stop());
    expect((await whenItIs('stopping', run)).line).toBe('is being stopped: cancelled (not today)');
  });

  it('says how it ended', async () => {
    const run = await bench.enqueue();
    await bench.finish(run);
    expect((await whenItIs('finished', run)).line).toBe('finished: blocked');
  });
});

async function enqueueNext(): Promise<Run> {
  bench.pr++;
  return bench.enqueue();
}
