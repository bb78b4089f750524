import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunFacts } from '../../src/audit/audit-log.ts';
import { makeLogger } from '../../src/log.ts';
import { acquireLease, readLease, releaseAllLeases, releaseLease } from '../../src/store/leases.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { insertRun, makeRunFacts, PATIENT } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let store: OpenDatabase;
beforeAll(async () => {
  database = await makeDatabase();
  store = openDatabase(database.appUrl, {
    poolSize: 10,
    log: makeLogger({ level: 'silent', name: 'test' }),
    limitsMs: PATIENT,
  });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function makeRuns(count: number): Promise<RunFacts[]> {
  const runs = Array.from({ length: count }, () => makeRunFacts());
  for (const run of runs) await insertRun(store.db, run);
  return runs;
}

async function finish(run: RunFacts): Promise<void> {
  await store.db
    .updateTable('slipway.runs')
    .set({ status: 'finished', outcome: 'failed' })
    .where('id', '=', run.id)
    .execute();
}

test('first come, first served; the token grows with every grant', async () => {
  const [a, b, c] = (await makeRuns(3)) as [RunFacts, RunFacts, RunFacts];
  const ask = (run: RunFacts) => acquireLease(store.db, 'canary:order', run.id);
  expect(await ask(a)).toEqual({ held: true, token: '1' });
  expect(await ask(b)).toEqual({ held: false, holder: a.id, ahead: 0 });
  expect(await ask(c)).toEqual({ held: false, holder: a.id, ahead: 1 });
  expect(await ask(a)).toEqual({ held: true, token: '1' });
  await releaseLease(store.db, 'canary:order', a.id);
  await releaseLease(store.db, 'canary:order', a.id);
  expect(await ask(c)).toEqual({ held: false, holder: null, ahead: 1 });
  expect(await ask(a)).toEqual({ held: false, holder: null, ahead: 2 });
  expect(await readLease(store.db, 'canary:order')).toEqual({
    token: '1',
    holder: null,
    grantedAt: null,
    waiting: [b.id, c.id, a.id],
  });
  expect(await ask(b)).toEqual({ held: true, token: '2' });
  expect(await readLease(store.db, 'canary:order')).toMatchObject({
    holder: b.id,
    grantedAt: expect.any(Date),
    waiting: [c.id, a.id],
  });
});

test('finished runs neither block the line, nor hold, nor get anything', async () => {
  const [a, b, c] = (await makeRuns(3)) as [RunFacts, RunFacts, RunFacts];
  const ask = (run: RunFacts) => acquireLease(store.db, 'canary:finished', run.id);
  await ask(a);
  await ask(b);
  expect(await ask(c)).toEqual({ held: false, holder: a.id, ahead: 1 });
  await finish(b);
  expect(await ask(c)).toEqual({ held: false, holder: a.id, ahead: 0 });
  await finish(a);
  expect(await ask(b)).toEqual({ held: false, holder: null, ahead: 0 });
  expect(await ask(c)).toEqual({ held: true, token: '2' });
});

test('a run gives everything back at once, and leaves every line', async () => {
  const [a, b] = (await makeRuns(2)) as [RunFacts, RunFacts];
  await acquireLease(store.db, 'staging:all', a.id);
  await acquireLease(store.db, 'canary:all', a.id);
  await acquireLease(store.db, 'other:all', b.id);
  await acquireLease(store.db, 'other:all', a.id);
  await releaseAllLeases(store.db, a.id);
  await releaseAllLeases(store.db, a.id);
  for (const name of ['staging:all', 'canary:all'])
    expect(await readLease(store.db, name)).toMatchObject({ holder: null, waiting: [] });
  expect(await readLease(store.db, 'other:all')).toMatchObject({ holder: b.id, waiting: [] });
  expect(await readLease(store.db, 'never asked for')).toBeNull();
});

test('leaving one line leaves the others', async () => {
  const [a, b] = (await makeRuns(2)) as [RunFacts, RunFacts];
  for (const name of ['one:line', 'two:line']) {
    await acquireLease(store.db, name, a.id);
    await acquireLease(store.db, name, b.id);
  }
  await releaseLease(store.db, 'one:line', b.id);
  expect(await readLease(store.db, 'one:line')).toMatchObject({ holder: a.id, waiting: [] });
  expect(await readLease(store.db, 'two:line')).toMatchObject({ holder: a.id, waiting: [b.id] });
});

test('a free lease that many ask for at the same moment is given to one of them', async () => {
  const runs = await makeRuns(6);
  for (let round = 0; round < 10; round += 1) {
    const name = `canary:race-${round}`;
    // A lease that nobody ever asked for would be serialised by its own creation.
    const [first] = runs as [RunFacts];
    await acquireLease(store.db, name, first.id);
    await releaseLease(store.db, name, first.id);
    const answers = await Promise.all(runs.map((run) => acquireLease(store.db, name, run.id)));
    expect(answers.filter(({ held }) => held)).toEqual([{ held: true, token: '2' }]);
    expect((await readLease(store.db, name))?.waiting).toHaveLength(5);
  }
});

test('many callers at once: one holder at a time, each served once, in the order of the line', async () => {
  const name = 'canary:crowd';
  const runs = await makeRuns(12);
  let holders = 0;
  let most = 0;
  const served: string[] = [];
  const tokens: number[] = [];
  const [first] = runs;
  if (first === undefined) throw new Error('no runs');
  await acquireLease(store.db, name, first.id);
  await Promise.all(runs.map((run) => acquireLease(store.db, name, run.id)));
  const line = (await readLease(store.db, name))?.waiting;

  async function serve(run: RunFacts): Promise<void> {
    for (;;) {
      const answer = await acquireLease(store.db, name, run.id);
      if (!answer.held) continue;
      holders += 1;
      most = Math.max(most, holders);
      served.push(run.id);
      tokens.push(Number(answer.token));
      await store.db.selectFrom('slipway.runs').select('id').execute();
      holders -= 1;
      await releaseLease(store.db, name, run.id);
      return;
    }
  }
  await Promise.all(runs.map(serve));
  expect(most).toBe(1);
  expect(served).toEqual([first.id, ...(line ?? [])]);
  expect(tokens).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
});

test('a run gives back several leases while others ask for them in turn: nobody waits for the other', async () => {
  const [a, b, c] = (await makeRuns(3)) as [RunFacts, RunFacts, RunFacts];
  const names = ['canary:x', 'canary:y', 'staging:x', 'staging:y'];
  const ask = (run: RunFacts) =>
    sql`select slipway.acquire_lease(n, ${run.id}) from unnest(${names}::text[]) as n`.execute(store.db);
  // The later lease is asked for first, so that its row is the first one that a scan meets.
  for (const name of names.toReversed()) await acquireLease(store.db, name, a.id);
  const giveBack = () =>
    sql`select slipway.release_leases(${[a.id, b.id]}::text[], array[null, null])`.execute(store.db);
  for (let round = 0; round < 50; round += 1) await Promise.all([giveBack(), ask(a), ask(b), ask(c)]);
  await sql`select slipway.release_leases(${[a.id, b.id, c.id]}::text[], array[null, null, null])`.execute(store.db);
  for (const name of names) expect(await readLease(store.db, name)).toMatchObject({ holder: null, waiting: [] });
});
