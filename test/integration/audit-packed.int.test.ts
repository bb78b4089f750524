import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appendBatch } from '../../src/audit/append-batch.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { encodeTextArray } from '../../src/store/text-array.ts';
import { build, insertRun, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

let database: TestDatabase;
let log: ReturnType<typeof openLog>;
beforeAll(async () => {
  database = await makeDatabase();
  log = openLog(database.appUrl, { limitsMs: PATIENT });
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

interface Row {
  status: string;
  reason: string | null;
  seq: string | null;
  recorded_at: Date | null;
  body: string | null;
  chain_hash: Buffer | null;
}

/** As replicas of the version before ask. */
async function appendAsBefore(bodies: readonly string[]): Promise<Row[]> {
  return (await sql<Row>`select * from audit.append_all(${bodies}::text[])`.execute(log.db)).rows;
}

async function storedRows(runId: string): Promise<Row[]> {
  const { rows } = await sql<Row>`select seq, recorded_at, body, chain_hash from audit.entry
    where trace_id = ${runId} order by seq`.execute(log.db);
  return rows;
}

test.each([[[]], [['']], [['"', '\\', '{"a":"b\\"c"}', 'null', 'NULL', '{}', ' ', 'a\nb\tc', 'ключ 😀', ',']]])(
  'a text array arrives as it was: %j',
  async (texts) => {
    const { rows } = await sql<{ texts: string[] }>`select ${encodeTextArray(texts)}::text[] as texts`.execute(log.db);
    expect(rows).toEqual([{ texts }]);
  },
);

test('in one batch each is answered for itself, and the answers say what is stored', async () => {
  const run = makeRunFacts();
  const old = build(run, { outcome: 'first opinion' });
  expect(await appendBatch(log.db, [old.body])).toMatchObject([{ status: 'appended' }]);
  const [a, b, again] = [
    build(run, { event: 'canary_tick', n: 1, payload: { text: 'quote " and \\ and 😀 and \u2028' } }),
    build(run, { event: 'canary_tick', n: 2 }),
    build(run, { event: 'canary_tick', n: 1, outcome: 'second' }),
  ];
  const { entry_id: _, ...nameless } = JSON.parse(b.body);
  const bodies = [
    'no JSON',
    a.body,
    build(run, { outcome: 'second opinion' }).body,
    '[]',
    again.body,
    JSON.stringify(nameless),
    b.body,
    build(run, { event: 'canary_tick', n: 3 }).body.padEnd(60_001),
    'null',
  ];
  const answers = await appendBatch(log.db, bodies);
  const [first, one, two, ...more] = await storedRows(run.id);
  expect(more).toEqual([]);
  const isNew = (row: Row | undefined) => ({
    status: 'appended',
    seq: row?.seq,
    chainHash: row?.chain_hash?.toString('hex'),
    recordedAt: row?.recorded_at,
  });
  const isDup = (row: Row | undefined) => ({ status: 'dup', stored: expect.objectContaining({ ...row }) });
  expect(answers).toEqual([
    { status: 'refused', reason: expect.stringMatching(/^not_an_entry: invalid input syntax for type json/) },
    isNew(one),
    isDup(first),
    { status: 'refused', reason: expect.stringMatching(/^not_an_entry: cannot call/) },
    isDup(one),
    { status: 'refused', reason: 'not_an_entry: it has no id, event or trace' },
    isNew(two),
    { status: 'refused', reason: 'not_an_entry: it is larger than 60000 bytes' },
    { status: 'refused', reason: expect.stringMatching(/^not_an_entry: cannot call/) },
  ]);
  expect([first, one, two].map((row) => row?.body)).toEqual([old.body, a.body, b.body]);
  expect(await appendBatch(log.db, [])).toEqual([]);
  expect((await verifyLog(log.db)).problems).toEqual([]);
});

test('a lease that is not held refuses its own entries only; the same key without it, behind, is the first that counts', async () => {
  const [run, other] = [makeRunFacts(), makeRunFacts()];
  await insertRun(log.db, run);
  expect(await acquireLease(log.db, 'canary:packed', run.id)).toEqual({ held: true, token: '1' });
  const tick = (fence: string | null, n: number, of = run) =>
    build(of, { event: 'canary_tick', n, payload: fence === null ? {} : { lease: 'canary:packed', fence } }).body;
  const bodies = [tick('2', 0), tick('1', 1), tick(null, 0), tick('1', 2, other), tick('2', 1), tick(null, 3)];
  const lost = (fence: number) => ({
    status: 'refused',
    reason: `lease_lost: canary:packed is not held with fence ${fence}`,
  });
  const appended = expect.objectContaining({ status: 'appended' });
  expect(await appendBatch(log.db, bodies)).toEqual([lost(2), appended, appended, lost(1), lost(2), appended]);
  // Recorded before or not: who asks under a lease that went on is refused, who holds it learns what is stored.
  const dup = expect.objectContaining({ status: 'dup' });
  expect(await appendBatch(log.db, bodies)).toEqual([lost(2), dup, dup, lost(1), lost(2), dup]);
  expect((await storedRows(run.id)).map(({ body }) => body)).toEqual([bodies[1], bodies[2], bodies[5]]);
  expect(await storedRows(other.id)).toEqual([]);
});

test('replicas of two versions write one chain, and the older one is told the same', async () => {
  const runs = Array.from({ length: 12 }, () => makeRunFacts());
  const bodies = runs.map((run) => [0, 1, 2].map((n) => build(run, { event: 'canary_tick', n }).body));
  await Promise.all(
    bodies.map((own, n) => (n % 2 === 0 ? appendBatch(log.db, own) : appendAsBefore(own)) as Promise<unknown>),
  );
  const again = await appendAsBefore([...(bodies[0] ?? []), '{}']);
  const stored = await storedRows(runs[0]?.id ?? '');
  expect(again).toEqual([
    ...stored.map((row) => ({ ...row, status: 'dup', reason: null })),
    {
      status: 'refused',
      reason: 'not_an_entry: it has no id, event or trace',
      seq: null,
      recorded_at: null,
      body: null,
      chain_hash: null,
    },
  ]);
  const late = makeRunFacts();
  const lateBodies = [build(late, { n: 1 }).body, bodies[0]?.[0] ?? '', build(late, { n: 2 }).body];
  const mixed = await appendAsBefore(lateBodies);
  expect(mixed.map(({ status }) => status)).toEqual(['appended', 'dup', 'appended']);
  expect([mixed[0], mixed[2]]).toEqual(
    (await storedRows(late.id)).map((row) => ({ ...row, status: 'appended', reason: null, body: null })),
  );
  expect(await verifyLog(log.db)).toMatchObject({ problems: [] });
});
