import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.ts';
import { readEntries } from '../../src/audit/read-entries.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { Digest } from '../../src/ids.ts';
import { getBlob } from '../../src/store/blobs.ts';
import { makeDraft, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
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

test('an entry is committed, readable, and one line of the shipped log', async () => {
  const run = makeRunFacts({ risk_score: 3 });
  const appended = await log.audit.append(run, makeDraft(run.id, { payload: { score: 3, 'naïve ключ': ['😀'] } }));
  expect(appended.dup).toBe(false);
  expect(appended.entry).toMatchObject({ run_id: run.id, risk_score: 3, payload: { 'naïve ключ': ['😀'] } });
  const { dup: _, ...recorded } = appended;
  expect(await log.audit.find(appended.entry)).toEqual(recorded);
  expect(await log.audit.list(run.id)).toEqual([recorded]);
  expect(log.lines.at(-1)).toMatchObject({
    name: 'audit',
    msg: 'review_evaluation',
    seq: appended.receipt.seq,
    chain_hash: appended.receipt.chainHash,
    entry_id: appended.entry.entry_id,
    pr_number: 42,
    author: 'ada',
    risk_score: 3,
    rationale: 'Nothing above the threshold.',
    timestamp: appended.entry.timestamp,
    agent_version: 'slipway/0.0.0-test',
  });
});

test('the same key again returns what is stored, whatever the second draft says, and ships no second line', async () => {
  const run = makeRunFacts();
  const first = await log.audit.append(run, makeDraft(run.id));
  const lines = log.lines.length;
  const second = await log.audit.append(
    { ...run, author: 'eve', risk_score: 9 },
    makeDraft(run.id, { outcome: 'other', rationale: 'Changed my mind.', payload: { route: 'human' } }),
  );
  expect(second).toEqual({ ...first, dup: true });
  expect(log.lines).toHaveLength(lines);
});

test('find knows only the key it was asked for', async () => {
  const run = makeRunFacts();
  const { entry } = await log.audit.append(run, makeDraft(run.id));
  expect(await log.audit.find({ ...entry, n: entry.n + 1 })).toBeNull();
});

test('entries of a run come in order and from a place on', async () => {
  const run = makeRunFacts();
  const all = [];
  for (const n of [0, 1, 2]) all.push(await log.audit.append(run, makeDraft(run.id, { event: 'canary_tick', n })));
  const after = await readEntries(log.db, run.id, all[0]?.receipt.seq);
  expect(after.map(({ entry }) => entry.n)).toEqual([1, 2]);
});

test('a cause is named by its place', async () => {
  const run = makeRunFacts();
  const cause = await log.audit.append(run, makeDraft(run.id));
  const effect = await log.audit.append(
    run,
    makeDraft(run.id, { event: 'staging_deploy.intended', causation: cause.receipt }),
  );
  expect(effect.entry.causation_seq).toBe(cause.receipt.seq);
});

test('a payload that is too large stands beside the log as a blob', async () => {
  const run = makeRunFacts();
  const payload = { route: 'human', findings: ['x'.repeat(100_000)] };
  const { entry } = await log.audit.append(run, makeDraft(run.id, { payload }));
  expect(entry.payload).toMatchObject({ route: 'human', bytes: canonicalJson(payload).length });
  const bytes = await getBlob(log.db, Digest.parse(entry.payload['blob']));
  expect(bytes?.toString()).toBe(canonicalJson(payload));
});

test('thirty writers at once make one contiguous chain, and the same key twenty times makes one entry', async () => {
  const run = makeRunFacts();
  const writers = Array.from({ length: 30 }, (_, n) =>
    log.audit.append(run, makeDraft(run.id, { event: 'canary_tick', n })),
  );
  const rivals = Array.from({ length: 20 }, (_, n) =>
    log.audit.append(run, makeDraft(run.id, { event: 'canary_verdict', outcome: `rival-${n}` })),
  );
  const ticks = await Promise.all(writers);
  const verdicts = await Promise.all(rivals);
  expect(new Set(ticks.map(({ receipt }) => receipt.seq)).size).toBe(30);
  expect(verdicts.filter(({ dup }) => !dup)).toHaveLength(1);
  expect(new Set(verdicts.map(({ entry }) => entry.outcome)).size).toBe(1);
  const result = await verifyLog(log.db);
  expect(result.problems).toEqual([]);
  expect(await log.audit.list(run.id)).toHaveLength(31);
});

test('an append inside a transaction that cannot see other writers is refused', async () => {
  const run = makeRunFacts();
  const isolated = log.db.transaction().setIsolationLevel('repeatable read');
  const body = canonicalJson((await log.audit.append(run, makeDraft(run.id))).entry);
  const other = body.replace(/"entry_id":"[^"]+"/, '"entry_id":"00000000-0000-8000-8000-000000000000"');
  const attempt = isolated.execute((trx) =>
    trx.selectNoFrom((eb) => eb.fn('audit.append', [eb.val(other)]).as('row')).execute(),
  );
  await expect(attempt).rejects.toMatchObject({ code: '55000', message: 'audit.append works in read committed only' });
});
