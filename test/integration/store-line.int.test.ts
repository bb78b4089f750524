import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureAgentCall } from '../../src/agents/ask-call.ts';
import { settleInconclusive } from '../../src/agents/settle-call.ts';
import { readAgentCall } from '../../src/agents/stored-call.ts';
import { digestOf, type RunId } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { agentCallId } from '../../src/queues/job-ids.ts';
import { beginStage } from '../../src/runs/begin-stage.ts';
import { readFindings } from '../../src/runs/finding-store.ts';
import { finishRun } from '../../src/runs/finish-run.ts';
import { readFreshRuns, takeTurn } from '../../src/runs/live-runs.ts';
import { readAuthorRecord } from '../../src/runs/read-author-record.ts';
import { readRun, updateRun } from '../../src/runs/read-run.ts';
import { endSpan, flushSpans } from '../../src/runs/stage-spans.ts';
import { acquireLease, heldLease, releaseLease } from '../../src/store/leases.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import type { Run } from '../../src/store/tables.ts';
import { makeAgentRequest } from '../support/agent-request.ts';
import { rowsRead } from '../support/rows-read.ts';
import { makeRunRow } from '../support/run-row.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

/** Rows that a step may read, whatever the length of the line. Each of its statements is about one run. */
const MOST = 40;
const LONG = 1_500;
/** PostgreSQL keeps the plan of a prepared statement from its sixth execution on. */
const PLANNED = 8;

let database: TestDatabase;
/** One connection: its plans are made while the line is short, and its counts can be asked for. */
let store: OpenDatabase;
beforeAll(async () => {
  database = await makeDatabase();
  store = openDatabase(database.appUrl, { poolSize: 1, log: makeLogger({ level: 'silent', name: 'test' }) });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

/** What the steps of a run ask of the store. */
const STEPS: Readonly<Record<string, (run: Run) => Promise<unknown>>> = {
  'a stage begins': (run) => beginStage(store.db, run.id as RunId, 'review'),
  'a run is read': (run) => readRun(store.db, run.id as RunId),
  'a row is updated': (run) => updateRun(store.db, run.id, { status: 'waiting', waiting_for: 'for an answer' }),
  'the author and the service are looked up': (run) =>
    readAuthorRecord(store.db, { people: {}, author_history: { window_days: 30 } } as never, run, [], new Date()),
  'findings are read': (run) => readFindings(store.db, run),
  'a call is asked for': (run) =>
    ensureAgentCall(store.db, {
      runId: run.id as RunId,
      stage: 'review',
      agent: 'review',
      n: 0,
      request: makeAgentRequest(),
      question: digestOf(`about ${run.id}`),
      deadlineAt: new Date(Date.now() + 3_600_000),
    }),
  'a call ends': (run) => settleInconclusive(store.db, callOf(run), 'deadline'),
  'a call is read': (run) => readAgentCall(store.db, callOf(run)),
  'a lease is asked for': (run) => acquireLease(store.db, 'staging:shop', run.id as RunId),
  'a lease is looked at': (run) => heldLease(store.db, 'staging:shop', run.id),
  'a lease is given back': (run) => releaseLease(store.db, 'staging:shop', run.id as RunId),
  'a stage has ended': (run) => {
    endSpan(store.db, run.id, 'review');
    return flushSpans(store.db);
  },
  'a run ends': (run) =>
    finishRun(store.db, { id: run.id as RunId, outcome: 'cancelled', reason: 'as scripted', at: new Date() }),
};

const callOf = (run: Run) => agentCallId(run.id as RunId, 'review', 'review', 0);

/** Puts runs in line, of one service and one author, each with what a review leaves. */
async function queue(from: number, to: number): Promise<void> {
  const row = makeRunRow();
  await sql`
    insert into slipway.runs (id, repo, service, pr_number, head_sha, attempt, title, author, dry_run, profile,
      policy_hash, stage, status, created_at)
    select md5(n::text), ${row.repo}, ${row.service}, 1000 + n, ${row.head_sha}, 1, ${row.title}, ${row.author}, false,
      ${row.profile}, ${row.policy_hash}, 'review', 'queued', now()
    from generate_series(${from}::int, ${to}::int) as n`.execute(store.db);
  await sql`
    insert into slipway.stage_spans (run_id, stage)
    select md5(n::text), 'review' from generate_series(${from}::int, ${to}::int) as n`.execute(store.db);
  await sql`
    insert into slipway.findings (repo, pr_number, fingerprint, state, finding, first_run, last_run)
    select ${row.repo}, 1000 + n, encode(sha256(n::text::bytea), 'hex'), 'open', '{}', md5(n::text), md5(n::text)
    from generate_series(${from}::int, ${to}::int) as n`.execute(store.db);
  await sql`
    with request as (
      insert into slipway.blobs (digest, media_type, bytes) values (encode(sha256('{}'), 'hex'), 'application/json', '{}')
      on conflict do nothing
    )
    insert into slipway.agent_calls (id, run_id, stage, agent, n, request, status, deadline_at, question)
    select md5(n::text) || '~review~review~0', md5(n::text), 'review', 'review', 0, encode(sha256('{}'), 'hex'), 'queued',
      now() + interval '1 hour', encode(sha256(n::text::bytea), 'hex')
    from generate_series(${from}::int, ${to}::int) as n`.execute(store.db);
}

async function enter(): Promise<Run> {
  const run = makeRunRow({
    pr_number: 7,
    head_sha: digestOf(String(Math.random())).slice(0, 40),
    created_at: new Date(),
  });
  await store.db.insertInto('slipway.runs').values(run).execute();
  return run;
}

test('what a step reads does not grow with the runs in line, with plans of a time when there was none', async () => {
  for (let n = 0; n < PLANNED; n++) {
    const run = await enter();
    for (const step of Object.values(STEPS)) await step(run);
  }
  await queue(1, LONG);
  expect(
    await rowsRead(store.db, () => sql`select count(*) from slipway.runs`.execute(store.db)),
    'it is counted',
  ).toBeGreaterThan(LONG);
  const run = await enter();
  const counts: Record<string, number> = {};
  for (const [name, step] of Object.entries(STEPS)) counts[name] = await rowsRead(store.db, () => step(run));
  expect(Object.entries(counts).filter(([, rows]) => rows > MOST)).toEqual([]);
});

test('nor does a look at those whose turn it is, and at those that are new', async () => {
  const soon = new Date(Date.now() + 60_000);
  for (let n = 0; n < PLANNED; n++) await takeTurn(store.db, null, soon, 10);
  const { after } = await takeTurn(store.db, null, soon, 10);
  expect(await rowsRead(store.db, () => takeTurn(store.db, after, soon, 10))).toBeLessThan(MOST);
  expect(await rowsRead(store.db, () => readFreshRuns(store.db, soon, soon))).toBeLessThan(MOST);
});
