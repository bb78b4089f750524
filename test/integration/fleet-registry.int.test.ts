import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeFleetDesk } from '../../src/fleet/make-fleet-desk.ts';
import { forgetReplicas, readReplicas } from '../../src/fleet/read-replicas.ts';
import { FORGOTTEN_AFTER_S, LOST_AFTER_S } from '../../src/fleet/replica.ts';
import { startBeat } from '../../src/fleet/start-beat.ts';
import { makeFleetMetrics } from '../../src/metrics/fleet-metrics.ts';
import { QUEUE_NAMES, type QueueName } from '../../src/queues/registry.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';

let ground: FleetGround;
beforeAll(async () => {
  ground = await makeFleetGround();
});
afterAll(() => ground.close());
beforeEach(() => ground.db.deleteFrom('slipway.replicas').execute());

const join = (id: string, stages: readonly QueueName[] = QUEUE_NAMES, active = 0, now = () => Date.now()) =>
  startBeat({
    db: ground.db,
    id,
    host: 'host-1',
    pid: 4711,
    version: '1.2.3',
    stages,
    concurrency: 10,
    active: () => active,
    now,
    log: ground.log,
  });
/** As if its last beat had been that long ago. */
const age = (id: string, seconds: number) =>
  ground.db
    .updateTable('slipway.replicas')
    .set({ last_beat: sql<Date>`clock_timestamp() - make_interval(secs => ${seconds})` })
    .where('id', '=', id)
    .execute();
const states = async () => (await readReplicas(ground.db)).map(({ id, state }) => `${id} ${state}`);

it('lists a replica while it lives, as draining when it stops, and not at all once it said goodbye', async () => {
  const one = await join('one', ['review', 'agents'], 3);
  expect(await readReplicas(ground.db)).toMatchObject([
    { id: 'one', host: 'host-1', pid: 4711, version: '1.2.3', stages: ['review', 'agents'], active: 3, state: 'live' },
  ]);
  await one.drain();
  expect(await states()).toEqual(['one draining']);
  await one.close();
  expect(await states()).toEqual([]);
});

it('one that stops beating is lost, and after hours forgotten', async () => {
  const [one, two] = await Promise.all([join('one'), join('two')]);
  await age('one', LOST_AFTER_S + 1);
  expect((await states()).sort()).toEqual(['one lost', 'two live']);
  await forgetReplicas(ground.db);
  expect((await states()).sort()).toEqual(['one lost', 'two live']);
  await age('one', FORGOTTEN_AFTER_S + 1);
  await forgetReplicas(ground.db);
  expect(await states()).toEqual(['two live']);
  await Promise.all([one.close(), two.close()]);
});

it('one that was forgotten while it was stopped enters again with its next beat', async () => {
  const one = await join('one');
  await ground.db.deleteFrom('slipway.replicas').execute();
  await one.drain();
  expect(await states()).toEqual(['one draining']);
  await one.close();
});

it('says on the page, in status and as a metric when nobody serves a queue', async () => {
  const desk = makeFleetDesk({ ...ground, config: await ground.config({}) });
  const metrics = makeFleetMetrics({ ...ground, budgets: (await ground.config({})).budgets });
  const one = await join('one', ['review', 'test-gen', 'staging', 'agents', 'approvals']);
  const two = await join('two', ['canary', 'release']);
  expect((await desk.view()).warnings).toEqual([]);
  expect(await metrics.text()).toContain('slipway_queue_replicas{queue="canary"} 1');
  await age('two', LOST_AFTER_S + 1);
  expect((await desk.view()).warnings).toEqual([
    'no live replica serves queue canary',
    'no live replica serves queue release',
    expect.stringMatching(/^replica two is lost: its last beat was at \d{4}/),
  ]);
  const text = await metrics.text();
  expect(text).toContain('slipway_queue_replicas{queue="canary"} 0');
  expect(text).toContain('slipway_replicas{state="live"} 1');
  expect(text).toContain('slipway_replicas{state="lost"} 1');
  await two.drain();
  expect((await desk.view()).warnings, 'a draining replica is counted on by nobody').toContain(
    'no live replica serves queue canary',
  );
  await Promise.all([one.close(), two.close()]);
});

it('says of a replica whose clock is off by how much, on the page, in status and as a metric, and of none that is only slow', async () => {
  const desk = makeFleetDesk({ ...ground, config: await ground.config({}) });
  const metrics = makeFleetMetrics({ ...ground, budgets: (await ground.config({})).budgets });
  let readings = 0;
  const late = await join('late', QUEUE_NAMES, 0, () => Date.now() - 3_600_000);
  const early = await join('early', QUEUE_NAMES, 0, () => Date.now() + 60_000);
  // A minute between its two readings, the database's somewhere within.
  const slow = await join('slow', QUEUE_NAMES, 0, () => Date.now() - (readings++ % 2 === 0 ? 60_000 : 0));
  // Their second beats tell what the first ones found.
  await Promise.all([late.drain(), early.drain(), slow.drain()]);
  const known = new Map((await readReplicas(ground.db)).map(({ id, clockOffsetMs }) => [id, clockOffsetMs]));
  expect(known.get('late')).toBeLessThanOrEqual(-3_590_000);
  expect(known.get('early')).toBeGreaterThan(50_000);
  expect(known.get('slow')).toBe(0);
  const { warnings } = await desk.view();
  expect(warnings).toContainEqual(
    expect.stringMatching(/^the clock of replica late on host-1 is at least 3\d{3} s behind the database’s$/),
  );
  expect(warnings).toContainEqual(expect.stringMatching(/^the clock of replica early .* \d{2} s ahead of/));
  expect(warnings.filter((warning) => warning.includes('clock of replica'))).toHaveLength(2);
  expect(await metrics.text()).toMatch(/^slipway_clock_offset_seconds 3[56]\d\d/m);
  await Promise.all([late.close(), early.close(), slow.close()]);
});
