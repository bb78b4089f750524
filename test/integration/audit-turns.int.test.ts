import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Appended } from '../../src/audit/audit-log.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { StoreDown } from '../../src/errors.ts';
import { eventually } from '../support/eventually.ts';
import { makeDraft, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** Many writers are parted into two statements that take turns: the first is held at the log's lock while it is harmed. */
const WRITERS = 24;

let database: TestDatabase;
let proxy: TcpProxy;
let log: ReturnType<typeof openLog>;
let holder: pg.Client;
beforeAll(async () => {
  database = await makeDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  const url = new URL(database.appUrl);
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  log = openLog(url.href, { limitsMs: PATIENT });
  holder = new pg.Client(database.appUrl);
  await holder.connect();
});
afterEach(async () => {
  await holder.end();
  await log.close();
  await proxy.close();
});

async function holdTheLog(): Promise<void> {
  await holder.query('begin');
  await holder.query('select pg_advisory_xact_lock(721001)');
}

/** The process on the server that carries out the one statement in flight. */
async function whoWaits(): Promise<number> {
  return await eventually('a statement waits at the log', async () => {
    const { rows } = await holder.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and objid = 721001 and not granted
        and database = (select oid from pg_database where datname = current_database())`,
    );
    return rows.length === 1 ? rows[0]?.pid : undefined;
  });
}

function startWriters() {
  const runs = Array.from({ length: WRITERS }, () => makeRunFacts());
  const append = (run: (typeof runs)[number], outcome = 'reviewed') =>
    log.audit.append(run, makeDraft(run.id, { outcome }));
  return { runs, append, all: Promise.allSettled(runs.map((run) => append(run))) };
}

function halves(settled: PromiseSettledResult<Appended>[]) {
  const [first, second] = [settled.slice(0, WRITERS / 2), settled.slice(WRITERS / 2)];
  return { first: first.map((one) => (one.status === 'rejected' ? one.reason : one.value)), second };
}

const lineCount = (runId: string) => log.lines.filter((line) => line['trace_id'] === runId).length;

test('the answer of the first half is lost after its commit: the second stands behind it, and each of the first settles itself', async () => {
  await holdTheLog();
  const { runs, append, all } = startWriters();
  const pid = await whoWaits();
  proxy.muteAnswers();
  await holder.query('commit');
  await eventually('the answer is lost', () => proxy.silenced() === 1);
  proxy.unmute();
  await holder.query('select pg_terminate_backend($1)', [pid]);

  const { first, second } = halves(await all);
  expect(first.every((reason) => reason instanceof StoreDown)).toBe(true);
  expect(second.map(({ status }) => status)).toEqual(second.map(() => 'fulfilled'));
  const lost = runs.slice(0, WRITERS / 2);
  expect(lost.map(({ id }) => lineCount(id))).toEqual(lost.map(() => 0));

  const settled = await Promise.all(lost.map((run) => append(run, 'another opinion')));
  expect(settled.map(({ dup, entry }) => [dup, entry.outcome])).toEqual(lost.map(() => [true, 'reviewed']));
  const seqs = [...settled, ...second.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))];
  expect(seqs.map(({ receipt }) => Number(receipt.seq))).toEqual(
    seqs.map((_, n) => Number(settled[0]?.receipt.seq) + n),
  );
  expect(runs.map(({ id }) => lineCount(id))).toEqual(runs.map(() => 1));
  expect((await verifyLog(log.db)).problems).toEqual([]);
});

test('the connection breaks before the first half is written: the second is, and the first can still be', async () => {
  await holdTheLog();
  const { runs, append, all } = startWriters();
  const pid = await whoWaits();
  await holder.query('select pg_terminate_backend($1)', [pid]);
  await eventually('the second half waits in its place', async () => (await whoWaits()) !== pid);
  await holder.query('commit');

  const { first, second } = halves(await all);
  expect(first.every((reason) => reason instanceof StoreDown)).toBe(true);
  expect(second.map(({ status }) => status)).toEqual(second.map(() => 'fulfilled'));
  const lost = runs.slice(0, WRITERS / 2);
  for (const { id } of lost) expect(await log.audit.list(id)).toEqual([]);
  const settled = await Promise.all(lost.map((run) => append(run, 'now')));
  expect(settled.map(({ dup, entry }) => [dup, entry.outcome])).toEqual(lost.map(() => [false, 'now']));
  expect((await verifyLog(log.db)).problems).toEqual([]);
});

test('nothing overtakes what it follows from, with many writers taking turns', async () => {
  const lines = log.lines.length;
  const runs = Array.from({ length: 3 * WRITERS }, () => makeRunFacts());
  await Promise.all(
    runs.map(async (run) => {
      let causation: Appended['receipt'] | null = null;
      for (let n = 0; n < 4; n++)
        ({ receipt: causation } = await log.audit.append(
          run,
          makeDraft(run.id, { event: 'canary_tick', n, causation }),
        ));
    }),
  );
  for (const { id } of runs) {
    const stored = await log.audit.list(id);
    expect(stored.map(({ entry }) => entry.n)).toEqual([0, 1, 2, 3]);
    expect(stored.slice(1).map(({ entry }) => entry.causation_seq)).toEqual(
      stored.slice(0, -1).map(({ receipt }) => receipt.seq),
    );
  }
  const seqs = log.lines.slice(lines).map(({ seq }) => Number(seq));
  expect(seqs).toEqual(seqs.map((_, n) => (seqs[0] ?? Number.NaN) + n));
  expect((await verifyLog(log.db)).problems).toEqual([]);
});
