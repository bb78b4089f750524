import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedControl } from '../../src/fleet/change-control.ts';
import { AGENT_CAP, PausableQueue } from '../../src/fleet/control.ts';
import type { FleetDesk } from '../../src/fleet/fleet-desk.ts';
import { makeFleetDesk } from '../../src/fleet/make-fleet-desk.ts';
import { pauseForMoney } from '../../src/fleet/pause-for-money.ts';
import { readControls } from '../../src/fleet/read-controls.ts';
import { childOptions } from '../../src/flows/to-flow-job.ts';
import { newRunId } from '../../src/ids.ts';
import { sweep } from '../../src/runs/sweep.ts';
import { SpendLimit } from '../../src/workers/fleet-back-off.ts';
import { eventually } from '../support/eventually.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';

let ground: FleetGround;
let desk: FleetDesk;
beforeAll(async () => {
  ground = await makeFleetGround();
  desk = makeFleetDesk({ ...ground, config: await ground.config({}) });
});
afterAll(() => ground.close());
beforeEach(async () => {
  await ground.queues.redis.flushall();
  const { pauses } = await readControls(ground.db);
  await desk.resume([...pauses.keys()], order('ada', 'before each test'));
});

const order = (name: string, reason = 'because') => ({
  caller: { tokenId: name, name, person: name, scopes: ['admin'] },
  reason,
});
const sweepNow = async () => sweep({ ...ground, config: await ground.config({}) }, new Date());
const capInRedis = () => ground.queues.byName.agents.getGlobalConcurrency();

async function entriesOf(step: string) {
  const rows = await ground.db.selectFrom('audit.entry').select('body').orderBy('seq').execute();
  return rows.map((row) => JSON.parse(row.body)).filter((entry) => entry.step === step);
}

describe('the cap', () => {
  it('is seeded once: a replica that starts later with another configuration does not overwrite it', async () => {
    await seedControl(ground.db, AGENT_CAP, { value: 5 });
    await desk.set(AGENT_CAP, 8, order('ada', 'more pull requests than usual'));
    expect(await seedControl(ground.db, AGENT_CAP, { value: 3 })).toMatchObject({ value: { value: 8 }, actor: 'ada' });
    const [entry] = await entriesOf(AGENT_CAP);
    expect(entry).toMatchObject({
      event: 'fleet_setting',
      outcome: 'set',
      actor: { kind: 'human', id: 'ada' },
      rationale: 'more pull requests than usual',
      payload: { value: { value: 8 }, before: { value: 5 } },
    });
    expect(await capInRedis(), 'at once, not at the next sweep').toBe(8);
  });

  it('comes back with the next sweep after Redis lost everything', async () => {
    await desk.set(AGENT_CAP, 6, order('ada'));
    await ground.queues.redis.flushall();
    expect(await capInRedis()).toBeNull();
    await sweepNow();
    expect(await capInRedis()).toBe(6);
  });

  it('set by two people at the same moment: both orders are recorded, one after the other, and the later one holds', async () => {
    const before = (await entriesOf(AGENT_CAP)).length;
    await Promise.all([
      desk.set(AGENT_CAP, 21, order('ada')),
      desk.set(AGENT_CAP, 22, order('bob')),
      desk.set(AGENT_CAP, 23, order('cyd')),
    ]);
    const entries = (await entriesOf(AGENT_CAP)).slice(before);
    expect(entries).toHaveLength(3);
    expect(entries.map((entry) => entry.n)).toEqual([entries[0].n, entries[0].n + 1, entries[0].n + 2]);
    const held = (await readControls(ground.db)).agentCap;
    expect(held).toMatchObject({ value: entries[2].payload.value, actor: entries[2].actor.id, version: entries[2].n });
    await sweepNow();
    expect(await capInRedis()).toBe(held?.value.value);
  });

  it('is not recorded again when it is that already', async () => {
    await desk.set(AGENT_CAP, 7, order('ada'));
    const before = (await entriesOf(AGENT_CAP)).length;
    expect(await desk.set(AGENT_CAP, 7, order('bob'))).toEqual({ changed: false });
    expect((await entriesOf(AGENT_CAP)).length).toBe(before);
  });

  it('ordered by somebody who died after the entry was committed is carried out by the sweeper', async () => {
    const { agentCap } = await readControls(ground.db);
    await ground.audit.append(null, {
      run_id: null,
      stage: 'operator',
      step: AGENT_CAP,
      event: 'fleet_setting',
      n: (agentCap?.version ?? 0) + 1,
      actor: { kind: 'human', id: 'dee' },
      rationale: 'died right after this',
      outcome: 'set',
      payload: { value: { value: 11 }, before: null },
    });
    await sweepNow();
    expect((await readControls(ground.db)).agentCap).toMatchObject({ value: { value: 11 }, actor: 'dee' });
    expect(await capInRedis()).toBe(11);
  });
});

describe('a pause', () => {
  it('stops the queue, survives a Redis that lost everything, and ends only by resume', async () => {
    await desk.pause(['review'], order('ada', 'the forge is down'));
    expect(await ground.queues.byName.review.isPaused()).toBe(true);
    await ground.queues.redis.flushall();
    expect(await ground.queues.byName.review.isPaused()).toBe(false);
    await sweepNow();
    expect(await ground.queues.byName.review.isPaused()).toBe(true);
    expect((await desk.view()).warnings).toContainEqual(
      expect.stringMatching(/queue review is paused .* by ada: the forge is down/),
    );
    await desk.resume(['review'], order('bob', 'it is back'));
    expect(await ground.queues.byName.review.isPaused()).toBe(false);
    expect((await entriesOf('pause.review')).map(({ outcome, actor }) => `${outcome} ${actor.id}`)).toEqual([
      'paused ada',
      'resumed bob',
    ]);
  });

  it('of a queue that somebody resumed in Redis behind our back holds again', async () => {
    await desk.pause(['staging'], order('ada'));
    await ground.queues.byName.staging.resume();
    await sweepNow();
    expect(await ground.queues.byName.staging.isPaused()).toBe(true);
  });

  it('of all leaves canary and release taking jobs: what has traffic is watched', async () => {
    await desk.pause(PausableQueue.options, order('ada'));
    const paused = await Promise.all(
      Object.entries(ground.queues.byName).map(async ([name, queue]) => [name, await queue.isPaused()]),
    );
    expect(Object.fromEntries(paused)).toEqual({
      review: true,
      'test-gen': true,
      staging: true,
      canary: false,
      release: false,
      agents: true,
      approvals: true,
    });
    expect((await readControls(ground.db)).pauses.has('canary'), 'the canary stage looks here').toBe(true);
  });

  it('resuming what runs records nothing', async () => {
    const before = (await entriesOf('pause.review')).length;
    expect(await desk.resume(['review'], order('ada'))).toEqual({ changed: false });
    expect((await entriesOf('pause.review')).length).toBe(before);
  });
});

describe('the spend limit', () => {
  it('met by two replicas at once is one pause on the record; nothing loops, no attempt is lost, resume goes on', async () => {
    const before = (await entriesOf('pause.agents')).length;
    let limited = true;
    let asked = 0;
    const handle = () => {
      asked += 1;
      return limited
        ? Promise.reject(new SpendLimit('enforced_spend_limit_reached'))
        : Promise.resolve({ kind: 'done' as const, result: { call_id: 'x' } });
    };
    const onSpendLimit = (detail: string) => pauseForMoney(ground, detail);
    const replicas = [1, 2].map(() => ground.replica('agents', handle, { concurrency: 4, onSpendLimit }));
    try {
      const runId = newRunId();
      const ids = Array.from({ length: 8 }, (_, n) => `${runId}~review~review~${n}`);
      await ground.queues.byName.agents.addBulk(
        ids.map((id) => ({ name: 'agents', data: { run_id: runId, call_id: id }, opts: childOptions('agents', id) })),
      );
      await eventually(
        'the queue is paused and idle',
        async () =>
          (await ground.queues.byName.agents.isPaused()) && (await ground.queues.byName.agents.getActiveCount()) === 0,
      );
      const entries = (await entriesOf('pause.agents')).slice(before);
      expect(entries).toHaveLength(1);
      expect(entries[0]).toMatchObject({
        event: 'queue_brake',
        outcome: 'paused',
        actor: { kind: 'system', id: 'slipway' },
        payload: { value: { on: true, cause: 'spend_limit' } },
      });
      expect(asked).toBeLessThanOrEqual(8);
      const view = await desk.view();
      expect(view.warnings).toContainEqual(expect.stringContaining('spend limit'));
      limited = false;
      await desk.resume(['agents'], order('ada', 'the limit was raised'));
      for (const id of ids) {
        const job = await eventually(`${id} ends`, async () => {
          const found = await ground.queues.byName.agents.getJob(id);
          return found?.finishedOn === undefined ? null : found;
        });
        expect({ made: job.attemptsMade, failed: job.failedReason }).toMatchObject({ made: 1 });
        expect(await job.getState()).toBe('completed');
      }
    } finally {
      await Promise.all(replicas.map((replica) => replica.stop()));
    }
  });
});
