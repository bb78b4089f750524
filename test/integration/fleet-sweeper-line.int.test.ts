import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRecord } from '../../src/runs/record.ts';
import { repairStops } from '../../src/runs/repair-stops.ts';
import { stopScan } from '../../src/store/migrations/0031-stop-scan.ts';
import { type OpenDatabase, openDatabase } from '../../src/store/open-database.ts';
import { type DeskBench, startDeskBench } from '../support/fleet-desk.ts';
import { rowsRead } from '../support/rows-read.ts';
import { makeRunRow } from '../support/run-row.ts';

const LINE = 1_500;
const MOST = 100;
/** A prepared statement keeps its plan from the sixth execution on. */
const PLANNED = 8;

let bench: DeskBench;
let store: OpenDatabase;
beforeAll(async () => {
  bench = await startDeskBench();
  store = openDatabase(bench.ground.databaseUrl, { poolSize: 1, log: bench.ground.log });
});
afterAll(async () => {
  await store.close();
  await bench.ground.close();
});

const repair = (at = new Date()) => repairStops({ ...bench.ground, db: store.db, config: bench.config }, at);

async function order(pr: number) {
  bench.pr = pr;
  const run = await bench.enqueue();
  await openRecord(bench.ground.audit, run, bench.config.policy_hash).append({
    stage: 'operator',
    step: 'stop',
    event: 'stop_requested',
    actor: { kind: 'human', id: 'mara' },
    rationale: 'not today',
    outcome: 'cancelled',
    payload: { superseded_by: null },
  });
  return run;
}

test('what a look for stops that were not carried out reads goes with what was appended since, not with the runs in line', async () => {
  for (let n = 0; n < PLANNED; n++) await repair();
  const row = makeRunRow();
  await sql`
    insert into slipway.runs (id, repo, service, pr_number, head_sha, attempt, title, author, dry_run, profile,
      policy_hash, stage, status, created_at)
    select md5(n::text), ${row.repo}, ${row.service}, 1000 + n, ${row.head_sha}, 1, ${row.title}, ${row.author}, false,
      ${row.profile}, ${row.policy_hash}, 'review', 'queued', now()
    from generate_series(1, ${LINE}::int) as n`.execute(store.db);
  expect(await rowsRead(store.db, () => repair())).toBeLessThan(MOST);
  const run = await order(1);
  expect(await rowsRead(store.db, () => repair()), 'with an order in it').toBeLessThan(MOST);
  expect(await bench.current(run)).toMatchObject({ stop_kind: 'cancelled', stop_reason: 'not today' });
});

test('an order that could not be carried out is tried again, and keeps no other from it', async () => {
  const bad = await order(2);
  const good = await order(3);
  const audit: typeof bench.ground.audit = {
    ...bench.ground.audit,
    append: (facts, draft) =>
      facts?.id === bad.id ? Promise.reject(new Error('as scripted')) : bench.ground.audit.append(facts, draft),
  };
  await repairStops({ ...bench.ground, db: store.db, audit, config: bench.config }, new Date());
  expect((await bench.current(good)).stop_kind).toBe('cancelled');
  expect((await bench.current(bad)).stop_kind).toBeNull();
  await repair();
  expect((await bench.current(bad)).stop_kind).toBe('cancelled');
});

test('the first look after the upgrade goes back to the first entry of a run that lives', async () => {
  const run = await order(4);
  const admin = openDatabase(bench.ground.adminUrl, { poolSize: 1, log: bench.ground.log });
  try {
    await sql`drop table slipway.stop_scan`.execute(admin.db);
    await stopScan(admin.db as never);
    await sql`grant all on slipway.stop_scan to slipway_app`.execute(admin.db);
    await repair();
    expect((await bench.current(run)).stop_kind).toBe('cancelled');
  } finally {
    await admin.close();
  }
});
