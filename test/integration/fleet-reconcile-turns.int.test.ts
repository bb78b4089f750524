import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readLookMark, readRedisProcess, writeLookMark } from '../../src/queues/look-mark.ts';
import { reconcile } from '../../src/runs/reconcile.ts';
import type { Run } from '../../src/store/tables.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';

const LINE = 7;
const TURN = 2;
/** Each job of a whole flow is asked for once by a look at it. */
const JOBS = 5;

let bench: DeskBench;
/** In the order of the line. */
let line: Run[];
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(async () => {
  await bench.ground.queues.redis.flushall();
  await bench.ground.db.updateTable('slipway.runs').set({ status: 'finished', outcome: 'cancelled' }).execute();
  line = [];
  for (let n = 0; n < LINE; n++) {
    bench.pr++;
    line.push(await bench.enqueue());
  }
});

/** Hours apart, so that no run of the line counts as put in line since the look before. */
let hour = 1;
const look = (turn = TURN) => reconcile({ ...bench.ground, config: bench.config }, inHours(hour++), turn);
const flowsThere = async () => Promise.all(line.map(async (run) => (await bench.flowOf(run)) !== undefined));
const lose = async (run: Run | undefined) => {
  if (run === undefined) throw new Error('there is no such run');
  await (await bench.flowOf(run))?.remove();
};

/** How many runs a look went to, as Redis counted its questions. */
async function runsLookedAt(work: () => Promise<void>): Promise<number> {
  const asked = async () =>
    Number(/^cmdstat_exists:calls=(\d+)/m.exec(await bench.ground.queues.redis.info('commandstats'))?.[1] ?? 0);
  const before = await asked();
  await work();
  return ((await asked()) - before) / JOBS;
}

describe('a look of the reconciler', () => {
  it('goes to every run the first time, and from then on to as many as have their turn', async () => {
    expect(await runsLookedAt(look)).toBe(LINE);
    for (let n = 0; n < 4; n++) expect(await runsLookedAt(look)).toBe(TURN);
    expect(await runsLookedAt(() => look(LINE + 1)), 'a line of one turn is looked at as a whole').toBe(LINE);
  });

  it('comes to each run within as many looks as the line has turns', async () => {
    await look();
    for (const run of line) {
      await lose(run);
      for (let n = 0; n < Math.ceil(LINE / TURN); n++) await look();
      expect(await flowsThere()).not.toContain(false);
    }
  });

  it('goes to all of them when Redis was emptied', async () => {
    await look();
    await bench.ground.queues.redis.flushall();
    await look();
    expect(await flowsThere()).not.toContain(false);
  });

  it('goes to all of them when another Redis has the jobs: it was started again, or a replica of it took over', async () => {
    const { queues } = bench.ground;
    await look();
    const mark = await readLookMark(queues, await readRedisProcess(queues));
    if (mark === null) throw new Error('the first look leaves a mark');
    expect(await readLookMark(queues, 'another'), 'it is none of another process').toBeNull();
    await writeLookMark(queues, { ...mark, server: 'another' });
    for (const run of line) await lose(run);
    await look();
    expect(await flowsThere()).not.toContain(false);
  });

  it.each(['', 'null', '{"whole":true}'])('goes to all of them when its mark says %j', async (text) => {
    await look();
    await bench.ground.queues.redis.set('{slipway}:looked', text);
    expect(await runsLookedAt(look)).toBe(LINE);
  });

  it('does not hide that Redis was emptied while it looked', async () => {
    const { queues } = bench.ground;
    await look();
    const server = await readRedisProcess(queues);
    const mark = await readLookMark(queues, server);
    if (mark === null) throw new Error('the first look leaves a mark');
    await queues.redis.flushall();
    await writeLookMark(queues, mark);
    expect(await readLookMark(queues, server)).toBeNull();
  });

  it('goes to a run that was put in line since the last one, whose enqueue may have died', async () => {
    await look();
    bench.pr++;
    const run = await bench.enqueue();
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ created_at: inHours(hour - 0.5) })
      .where('id', '=', run.id)
      .execute();
    await lose(run);
    await look();
    expect(await bench.flowOf(run)).toBeDefined();
  });

  it('goes again to a run with which something was wrong', async () => {
    await look();
    const [first] = line;
    await lose(first);
    await look(1);
    expect(await flowsThere()).not.toContain(false);
    await lose(first);
    await look(1);
    expect(await flowsThere(), 'its turn is over, but the repair may not have held').not.toContain(false);
    await look(1);
    await lose(first);
    await look(1);
    expect((await flowsThere())[0], 'it was whole the last time').toBe(false);
  });
});
