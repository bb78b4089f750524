import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunId } from '../../src/ids.ts';
import { acquireLease, readLease, releaseAllLeases } from '../../src/store/leases.ts';
import { stop } from '../../src/workers/step.ts';
import { eventually } from '../support/eventually.ts';
import { type DeskBench, startDeskBench } from '../support/fleet-desk.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';

let bench: DeskBench;
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());

const ADA = { tokenId: 'ada', name: 'ada', person: 'ada', scopes: ['admin'] };
const front = (run: { id: string }, reason = 'hotfix') => bench.desk.front(RunId.parse(run.id), reason, ADA);
async function enqueueMany(count: number) {
  const runs = [];
  for (let n = 0; n < count; n++) {
    bench.pr += 1;
    runs.push(await bench.enqueue());
  }
  return runs;
}

it('takes the last of a thousand first; of two the one that was ordered later', async () => {
  const runs = await enqueueMany(60);
  const [urgent, more] = [runs.at(-1), runs.at(-7)];
  if (urgent === undefined || more === undefined) throw new Error('no runs');
  expect(await front(urgent)).toBe('moved');
  expect(await front(more, 'still more urgent')).toBe('moved');
  const order: string[] = [];
  const replica = bench.ground.replica(
    'review',
    async ({ run_id }) => {
      order.push(run_id);
      return stop('seen');
    },
    { concurrency: 1 },
  );
  await eventually('all were taken', () => order.length === runs.length);
  await replica.stop();
  expect(order.slice(0, 2)).toEqual([more.id, urgent.id]);
  const rest = runs.map(({ id }) => id).filter((id) => id !== urgent.id && id !== more.id);
  expect(order.slice(2), 'the others keep their order').toEqual(rest);
  expect((await bench.ground.audit.list(RunId.parse(more.id))).map(({ entry }) => entry)).toContainEqual(
    expect.objectContaining({
      event: 'run_fronted',
      actor: { kind: 'human', id: 'ada' },
      rationale: 'still more urgent',
    }),
  );
});

it('stands first in the line for a lease, behind nobody but the holder', async () => {
  const { db } = bench.ground;
  const [holder, first, second] = [makeRunFacts(), makeRunFacts(), makeRunFacts()];
  for (const run of [holder, first, second]) await insertRun(db, run);
  const name = 'canary:line';
  await acquireLease(db, name, holder.id);
  await acquireLease(db, name, first.id);
  await acquireLease(db, name, second.id);
  await front(second);
  expect(await readLease(db, name)).toMatchObject({ holder: holder.id, waiting: [second.id, first.id] });
  expect(await acquireLease(db, name, second.id)).toMatchObject({ held: false, ahead: 0 });
  await releaseAllLeases(db, holder.id);
  expect(await acquireLease(db, name, first.id)).toMatchObject({ held: false, ahead: 1 });
  expect(await acquireLease(db, name, second.id)).toMatchObject({ held: true });
});

it('of a finished run or of none there is nothing to move', async () => {
  const [run] = await enqueueMany(1);
  if (run === undefined) throw new Error('no run');
  await bench.finish(run);
  expect(await front(run)).toBe('already_finished');
  expect(await bench.desk.front(RunId.parse('f'.repeat(32)), 'r', ADA)).toBeNull();
});
