import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunFacts } from '../../src/audit/audit-log.ts';
import { makeLogger } from '../../src/log.ts';
import { beginStage } from '../../src/runs/begin-stage.ts';
import { finishRun } from '../../src/runs/finish-run.ts';
import { readRun, updateRun } from '../../src/runs/read-run.ts';
import { endSpan, flushSpans } from '../../src/runs/stage-spans.ts';
import { acquireLease, readLease } from '../../src/store/leases.ts';
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

async function makeRun(): Promise<RunFacts> {
  const run = makeRunFacts();
  await insertRun(store.db, run);
  await updateRun(store.db, run.id, { status: 'queued' });
  return run;
}

const spans = (run: RunFacts) =>
  store.db
    .selectFrom('slipway.stage_spans')
    .select(['stage', 'ended_at'])
    .where('run_id', '=', run.id)
    .orderBy('started_at')
    .execute();

const finishOf = (run: RunFacts, outcome = 'deployed', reason = 'promoted') =>
  finishRun(store.db, { id: run.id, outcome, reason, at: new Date('2026-11-01T10:00:00Z') });

test('many stages that begin at once are noted each on its own run, and read what was there before', async () => {
  const runs = await Promise.all(Array.from({ length: 12 }, makeRun));
  await updateRun(store.db, runs[0]?.id ?? '', { status: 'waiting', waiting_for: 'for a person' });
  const found = await Promise.all(runs.map((run) => beginStage(store.db, run.id, 'review')));
  expect(found.map((run) => run?.id)).toEqual(runs.map(({ id }) => id));
  expect(found[0]).toMatchObject({ status: 'waiting', waiting_for: 'for a person' });
  for (const run of runs) {
    expect(await readRun(store.db, run.id)).toMatchObject({ stage: 'review', status: 'running', waiting_for: null });
    expect(await spans(run)).toEqual([{ stage: 'review', ended_at: null }]);
  }
});

test('a stage of a run that was stopped, is finished or is none begins nothing', async () => {
  const stopped = await makeRun();
  await store.db.updateTable('slipway.runs').set({ stop_kind: 'cancelled' }).where('id', '=', stopped.id).execute();
  const before = await readRun(store.db, stopped.id);
  const finished = await makeRun();
  await finishOf(finished);
  const nowhere = makeRunFacts().id;
  expect(await beginStage(store.db, stopped.id, 'canary')).toMatchObject({ stop_kind: 'cancelled' });
  expect(await beginStage(store.db, finished.id, 'canary')).toMatchObject({ status: 'finished' });
  expect(await beginStage(store.db, nowhere, 'canary')).toBeNull();
  expect(await readRun(store.db, stopped.id)).toEqual(before);
  expect(await readRun(store.db, finished.id)).toMatchObject({ stage: 'release', status: 'finished' });
  expect([...(await spans(stopped)), ...(await spans(finished))]).toEqual([]);
});

test('the end of a stage goes with the next that begins; written again, the first end stays', async () => {
  const run = await makeRun();
  await beginStage(store.db, run.id, 'review');
  endSpan(store.db, run.id, 'review');
  await beginStage(store.db, run.id, 'test-gen');
  const [review] = await spans(run);
  expect(review).toEqual({ stage: 'review', ended_at: expect.any(Date) });
  endSpan(store.db, run.id, 'review');
  endSpan(store.db, run.id, 'test-gen');
  await flushSpans(store.db);
  expect(await spans(run)).toEqual([review, { stage: 'test-gen', ended_at: expect.any(Date) }]);
});

test('a run that ends gives back its leases, leaves its lines and answers its questions, once', async () => {
  const [run, next] = [await makeRun(), await makeRun()];
  await acquireLease(store.db, 'canary:ends', run.id);
  await acquireLease(store.db, 'canary:ends', next.id);
  await acquireLease(store.db, 'staging:ends', next.id);
  await acquireLease(store.db, 'staging:ends', run.id);
  await Promise.all([finishOf(run), finishOf(run)]);
  expect(await readLease(store.db, 'canary:ends')).toMatchObject({ holder: null, waiting: [next.id] });
  expect(await readLease(store.db, 'staging:ends')).toMatchObject({ holder: next.id, waiting: [] });
  const ended = { stage: 'release', status: 'finished', outcome: 'deployed', outcome_reason: 'promoted' };
  expect(await readRun(store.db, run.id)).toMatchObject(ended);
  await finishOf(run, 'failed', 'again');
  expect(await readRun(store.db, run.id)).toMatchObject(ended);
  expect(await readRun(store.db, next.id)).not.toMatchObject({ status: 'finished' });
});

test('the first merge of a run is not put back over one that was made since', async () => {
  const run = await makeRun();
  const merge = (digit: string) => ({
    target_sha: digit.repeat(40),
    base_sha: digit.repeat(40),
    merge_sha: digit.repeat(40),
    artifact: digit.repeat(64),
  });
  await updateRun(store.db, run.id, { first_merge: merge('1'), route: 'automated' });
  expect(await readRun(store.db, run.id)).toMatchObject({ ...merge('1'), route: 'automated' });
  await updateRun(store.db, run.id, merge('2'));
  await updateRun(store.db, run.id, { first_merge: merge('1'), risk_score: 3.5 });
  expect(await readRun(store.db, run.id)).toMatchObject({ ...merge('2'), risk_score: 3.5 });
});
