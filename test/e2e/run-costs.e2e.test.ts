import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BenchGround, startBenchGround } from '../../bench/support/bench-ground.ts';
import { makeNoOpAdapters } from '../../bench/support/no-op-adapters.ts';
import { type Arm, openSlipwayArm } from '../../bench/support/pipeline-arms.ts';
import { diffCounts, openStoreProbe, type StoreCounts, type StoreProbe } from '../../bench/support/store-counts.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { makeLogger } from '../../src/log.ts';
import type { WorkerAdapters } from '../../src/open-adapters.ts';
import { QUEUE_NAMES } from '../../src/queues/registry.ts';
import { startWorkerProcess } from '../../src/worker.ts';

/**
 * What one run costs the stores, in counts: these do not depend on how busy the machine is. The ceilings stand a third above
 * what was counted (commits more: how many share one depends on the machine), and a lone run exceeds that of commits; what exceeds one has added round trips or commits to every run of every user, which should be a decision.
 */
const RUNS = 40;
const WARM_UP = 10;
const CAP = 2;
/** With the sceptic these are four calls. */
const PARTS = 3;

const log = makeLogger({ level: 'silent', name: 'test' });
let ground: BenchGround;
let probe: StoreProbe;
beforeAll(async () => {
  ground = await startBenchGround(RUNS + WARM_UP, log, { agentCap: CAP });
  probe = await openStoreProbe(ground);
});
afterAll(async () => {
  await probe.close();
  await ground.close();
});

async function withReplica(
  { ground, adapters, agentCalls }: { ground: BenchGround; adapters: WorkerAdapters; agentCalls: boolean },
  use: (arm: Arm) => Promise<void>,
) {
  const options = { queues: QUEUE_NAMES, concurrency: 10, metricsPort: 0 };
  const worker = await startWorkerProcess(ground.config, options, log, () => adapters);
  const arm = await openSlipwayArm(ground, { agentCalls, parts: agentCalls ? PARTS : 1, log });
  try {
    await use(arm);
  } finally {
    await worker.close();
    await arm.close();
  }
}

/** What forty runs cost, put in line while the first queue is held and then let through. */
async function countRuns(probe: StoreProbe, arm: Arm): Promise<{ enqueued: StoreCounts; drained: StoreCounts }> {
  // What the stores need once (streams, scripts, buffers) is none of a run's.
  await arm.hold();
  for (let n = 0; n < WARM_UP; n++) await arm.enqueue(RUNS + n);
  await arm.prepare();
  const warm = arm.ended(WARM_UP);
  await arm.release();
  await warm;
  await arm.hold();
  const empty = await probe.read();
  for (let n = 0; n < RUNS; n++) await arm.enqueue(n);
  const enqueued = diffCounts(await probe.read(), empty);
  await arm.prepare();
  const before = await probe.read();
  const ended = arm.ended(RUNS);
  await arm.release();
  await ended;
  return { enqueued, drained: diffCounts(await probe.read(), before) };
}

const each = (count: number) => count / RUNS;

test('a run without agent calls stays within its round trips, commits and bytes', async () => {
  await withReplica({ ground, adapters: makeNoOpAdapters(1, log), agentCalls: false }, async (arm) => {
    const { enqueued, drained } = await countRuns(probe, arm);
    expect(each(enqueued.redisBytes), 'Redis bytes of a queued run').toBeLessThan(10 * 1024);
    expect(each(enqueued.commits), 'commits of an enqueue').toBeLessThan(2.5);
    expect(each(enqueued.evalsha + drained.evalsha), 'EVALSHA of a run').toBeLessThan(25);
    expect(each(drained.commits), 'commits of a run, many at once').toBeLessThan(12);
    expect(each(enqueued.databaseBytes + drained.databaseBytes), 'database bytes of a run').toBeLessThan(70 * 1024);
    expect((await verifyLog(ground.core.db)).problems).toEqual([]);
  });
}, 180_000);

test('four agent calls add few commits to a run', async () => {
  const wide = await startBenchGround(RUNS + WARM_UP, log);
  const counts = await openStoreProbe(wide);
  try {
    const adapters = makeNoOpAdapters(PARTS, log);
    await withReplica({ ground: wide, adapters, agentCalls: true }, async (arm) => {
      const { drained } = await countRuns(counts, arm);
      expect(each(drained.commits), 'commits of a run with four calls, many at once').toBeLessThan(21);
      expect(each(drained.evalsha), 'EVALSHA of a run with four calls').toBeLessThan(37);
      expect((await verifyLog(wide.core.db)).problems).toEqual([]);
    });
  } finally {
    await counts.close();
    await wide.close();
  }
}, 240_000);

test('agent calls in flight never exceed the cap, and each is asked once', async () => {
  const noOp = makeNoOpAdapters(PARTS, log);
  let inFlight = 0;
  let most = 0;
  let asked = 0;
  const model: NonNullable<WorkerAdapters['model']> = {
    async send(request, signal) {
      asked += 1;
      inFlight += 1;
      most = Math.max(most, inFlight);
      // Long enough that the others come meanwhile: they are all in the queue by now.
      for (let turn = 0; turn < 20; turn++) await ground.core.queues.redis.ping();
      inFlight -= 1;
      if (noOp.model === null) throw new Error('there is a model');
      return noOp.model.send(request, signal);
    },
  };
  await withReplica({ ground, adapters: { ...noOp, model }, agentCalls: true }, async (arm) => {
    const ended = arm.ended(5);
    for (let n = 0; n < 5; n++) await arm.enqueue(n);
    await ended;
    expect(asked, 'the parts and the sceptic').toBe(5 * (PARTS + 1));
    expect(most).toBe(CAP);
  });
}, 180_000);
