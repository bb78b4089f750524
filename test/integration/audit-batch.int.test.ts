import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EntryRefused } from '../../src/audit/entry-refused.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { LeaseLost } from '../../src/errors.ts';
import { acquireLease, releaseLease } from '../../src/store/leases.ts';
import { build, insertRun, makeDraft, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
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

interface Answer {
  status: string;
  reason: string | null;
  seq: string | null;
  body: string | null;
}

async function appendAll(bodies: readonly string[]): Promise<Answer[]> {
  return (await sql<Answer>`select * from audit.append_all(${bodies}::text[])`.execute(log.db)).rows;
}

/** Transactions that the entries of these runs were written in. Rows know theirs, whatever else the server does. */
async function commitsOf(runs: readonly { id: string }[]): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(distinct xmin::text)::int as n from audit.entry
    where trace_id = any(${runs.map(({ id }) => id)}::text[])`.execute(log.db);
  return rows[0]?.n ?? 0;
}

test('entries that become known together are one commit, in their order, each with its own receipt', async () => {
  const run = makeRunFacts();
  const lines = log.lines.length;
  const drafts = [0, 1, 2].map((n) => makeDraft(run.id, { event: 'canary_tick', n }));
  const appended = await log.audit.appendAll(run, drafts);
  expect(await commitsOf([run])).toBe(1);
  const seqs = appended.map(({ receipt }) => Number(receipt.seq));
  expect(seqs).toEqual([seqs[0], seqs[0] ?? Number.NaN, seqs[0] ?? Number.NaN].map((seq, n) => Number(seq) + n));
  expect(appended.map(({ entry, dup }) => [entry.n, dup])).toEqual([0, 1, 2].map((n) => [n, false]));
  expect(log.lines.slice(lines).map(({ seq }) => seq)).toEqual(appended.map(({ receipt }) => receipt.seq));
  expect(await log.audit.appendAll(run, drafts)).toEqual(appended.map((one) => ({ ...one, dup: true })));
  expect(await log.audit.appendAll(run, [])).toEqual([]);
});

test('many writers share commits, and the lines stand in the order of the log', async () => {
  const lines = log.lines.length;
  const runs = Array.from({ length: 100 }, () => makeRunFacts());
  const all = await Promise.all(
    runs.map((run, n) => log.audit.appendAll(run, [makeDraft(run.id), makeDraft(run.id, { event: 'canary_tick', n })])),
  );
  expect(all.flat().every(({ dup }) => !dup)).toBe(true);
  expect(await commitsOf(runs)).toBeLessThanOrEqual(4);
  const seqs = log.lines.slice(lines).map(({ seq }) => Number(seq));
  expect(seqs).toHaveLength(200);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  expect((await verifyLog(log.db)).problems).toEqual([]);
});

test('in one batch: new, stored, the same twice, and what is no entry; none takes another with it', async () => {
  const run = makeRunFacts();
  const { entry } = await log.audit.append(run, makeDraft(run.id));
  const [old, fresh, again] = [
    build(run, { outcome: 'another opinion' }),
    build(run, { event: 'canary_tick', outcome: 'first' }),
    build(run, { event: 'canary_tick', outcome: 'second' }),
  ];
  const bodies = [old.body, '{}', fresh.body, 'no JSON', again.body, fresh.body.padEnd(60_001)];
  const answers = await appendAll(bodies);
  expect(answers.map(({ status, reason }) => [status, reason?.split(':')[0] ?? null])).toEqual([
    ['dup', null],
    ['refused', 'not_an_entry'],
    ['appended', null],
    ['refused', 'not_an_entry'],
    ['dup', null],
    ['refused', 'not_an_entry'],
  ]);
  expect(JSON.parse(answers[0]?.body ?? '')).toEqual(entry);
  expect(answers[4]).toMatchObject({ seq: answers[2]?.seq, body: fresh.body });
  // All readable: then it is one pass, and the second of a key must still be found.
  const [tick, twice] = [
    build(run, { event: 'canary_tick', n: 7 }),
    build(run, { event: 'canary_tick', n: 7, outcome: 'x' }),
  ];
  expect(await appendAll([tick.body, twice.body])).toMatchObject([
    { status: 'appended' },
    { status: 'dup', body: tick.body },
  ]);
  expect((await verifyLog(log.db)).problems).toEqual([]);
});

test('a refusal is thrown after its neighbours are on the record', async () => {
  const run = makeRunFacts();
  const drafts = [
    makeDraft(run.id),
    makeDraft(run.id, { event: 'staging_deploy.intended', payload: { lease: 'staging:none', fence: '1' } }),
    makeDraft(run.id, { event: 'canary_tick' }),
  ];
  await expect(log.audit.appendAll(run, drafts)).rejects.toThrow('[LEASE_LOST] staging:none is not held with fence 1');
  expect((await log.audit.list(run.id)).map(({ entry }) => entry.event)).toEqual(['review_evaluation', 'canary_tick']);
});

test('a fence that is no number is no entry', async () => {
  const run = makeRunFacts();
  const draft = makeDraft(run.id, { payload: { lease: 'staging:none', fence: 'x' } });
  await expect(log.audit.append(run, draft)).rejects.toBeInstanceOf(EntryRefused);
  expect(await log.audit.list(run.id)).toEqual([]);
});

test('an intent stands only under the lease its run holds: an older fence, another run, and a lease given back are refused', async () => {
  const [run, next] = [makeRunFacts(), makeRunFacts()];
  for (const one of [run, next]) await insertRun(log.db, one);
  const name = 'canary:fenced';
  const intent = (of: typeof run, fence: string, n = 0) =>
    log.audit.append(of, makeDraft(of.id, { event: 'canary_deploy.intended', n, payload: { lease: name, fence } }));

  expect(await acquireLease(log.db, name, run.id)).toEqual({ held: true, token: '1' });
  const first = await intent(run, '1');
  expect(first.entry.payload).toMatchObject({ lease: name, fence: '1' });
  expect(await intent(run, '1')).toMatchObject({ dup: true, receipt: first.receipt });

  await releaseLease(log.db, name, run.id);
  // Recorded before, and yet no licence any more.
  await expect(intent(run, '1')).rejects.toBeInstanceOf(LeaseLost);
  expect(await acquireLease(log.db, name, next.id)).toEqual({ held: true, token: '2' });
  await expect(intent(run, '1', 1)).rejects.toBeInstanceOf(LeaseLost);
  await expect(intent(run, '2', 1)).rejects.toBeInstanceOf(LeaseLost);
  await expect(intent(next, '1')).rejects.toBeInstanceOf(LeaseLost);
  expect(await intent(next, '2')).toMatchObject({ dup: false });
  expect(await log.audit.list(run.id)).toHaveLength(1);
});

test('a replica of the version before appends one at a time through the function it knows', async () => {
  const run = makeRunFacts();
  const { body } = build(run);
  const append = async (text: string) => (await sql`select * from audit.append(${text})`.execute(log.db)).rows;
  const [first] = await append(body);
  expect(first).toMatchObject({ body, dup: false });
  expect(await append(build(run, { outcome: 'another opinion' }).body)).toEqual([{ ...Object(first), dup: true }]);
  await expect(append('{}')).rejects.toMatchObject({ code: '22023', message: expect.stringContaining('not_an_entry') });
  expect((await verifyLog(log.db)).problems).toEqual([]);
});
