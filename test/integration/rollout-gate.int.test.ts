import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { RunFacts } from '../../src/audit/audit-log.ts';
import { readRolloutReport } from '../../src/cli/rollout-status.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { readDecidedRuns } from '../../src/runs/read-decided-runs.ts';
import { makePolicyCounts, readUnreplayed } from '../../src/runs/read-unreplayed.ts';
import { openRecord } from '../../src/runs/record.ts';
import { readRollout, recordConfiguredRollout, recordRolloutStep } from '../../src/runs/rollout-state.ts';
import { putBlob } from '../../src/store/blobs.ts';
import type { NewRun } from '../../src/store/tables.ts';
import { insertRun, makeRunFacts, openLog } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

const LONG_AGO = new Date(0);
const AUTHORS = ['ada', 'ben', 'cyd', 'dee'];
const DAY_MS = 86_400_000;
const PEOPLE = Object.fromEntries(AUTHORS.map((name) => [name, { logins: [name] }]));
const QUIET = { err: () => {}, live: false };

let prs = 100;
const prNumber = () => prs++;

describe('the rollout on the record', () => {
  let directory: string;
  let database: TestDatabase;
  let store: ReturnType<typeof openLog>;
  let files = 0;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'slipway-rollout-'));
    return () => rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    database = await makeDatabase();
    store = openLog(database.appUrl);
    return async () => {
      await store.close();
      await database.drop();
    };
  });
  let admin: pg.Client;
  beforeEach(async () => {
    admin = new pg.Client({ connectionString: database.adminUrl });
    await admin.connect();
    return () => admin.end();
  });

  function config(over: { rollout?: object; people?: object } = {}): Config {
    const path = join(directory, `slipway-${files++}.yaml`);
    const rollout = { automated_pct: 10, min_runs: 10, ...over.rollout };
    const services = { shop: { repository: '/r', repo: 'acme/shop', delivery: { kind: 'local', command: ['x'] } } };
    writeFileSync(path, stringify({ services, people: over.people ?? PEOPLE, rollout }));
    return readConfig({ file: path, env: { SLIPWAY_DATA_DIR: directory, DATABASE_URL: database.appUrl } });
  }

  /** A reviewed run, by the append that a worker uses. */
  async function reviewed(
    of: Config,
    reasons: readonly string[],
    over: Partial<RunFacts> = {},
    more: object = {},
    row: Partial<NewRun> = {},
  ) {
    const facts = makeRunFacts({ policy_hash: of.policy_hash, ...over });
    const run = await insertRun(store.db, facts, row);
    await openRecord(store.audit, run).append({
      stage: 'review',
      step: 'evaluate',
      event: 'review_evaluation',
      rationale: 'seeded',
      outcome: 'reviewed',
      payload: {
        route: reasons.length === 0 ? 'automated' : 'human',
        reasons: reasons.map((code) => ({ code, text: code })),
        score: { total: 1 },
        ...more,
      },
    });
    return run;
  }
  const many = async (of: Config, n: number) => {
    for (let i = 0; i < n; i++) {
      const facts = { author: AUTHORS[i % 4] ?? 'ada', pr_number: prNumber() };
      const created_at = new Date(Date.now() - (1 + (i % 6)) * DAY_MS);
      await reviewed(of, [], facts, {}, { created_at, status: 'finished', outcome: 'deployed' });
    }
  };
  async function allDecided() {
    const runs = [];
    for await (const run of readDecidedRuns(store.db, LONG_AGO)) runs.push(run);
    return runs;
  }
  const gate = async (of: Config) => (await readRolloutReport(store.db, of, QUIET, new Date())).gate;
  const step = (of: Config, to: number) => advanceTo(of, to, 'ada');
  async function advanceTo(of: Config, to: number, person: string) {
    const state = await readRollout(store.db, of);
    const by = { kind: 'human', id: person } as const;
    return recordRolloutStep({ db: store.db, audit: store.audit, config: of }, state, {
      from: state.automated_pct,
      to,
      by,
      reason: 'two quiet weeks',
      evidence: {},
    });
  }

  it('does not open for one harmless change that runs again and again', async () => {
    const of = config();
    const head_sha = makeRunFacts().head_sha;
    for (let attempt = 1; attempt <= 12; attempt++) await reviewed(of, [], { head_sha }, {}, { attempt });
    expect(await gate(of)).toMatchObject({
      kind: 'refused',
      why: [expect.stringContaining('0 pull requests of 14 days count'), expect.anything()],
    });
  });

  it('counts who is asked in a later stage, and a review that is lost as one that asked', async () => {
    const of = config();
    await many(of, 10);
    expect(await gate(of)).toEqual({ kind: 'may', next: 25 });
    const late = await reviewed(of, [], { pr_number: prNumber() });
    const question = await putBlob(store.db, '{}', 'application/json');
    await store.db
      .insertInto('slipway.escalations')
      .values({
        run_id: late.id,
        stage: 'staging',
        reasons: JSON.stringify(['suspected_regression']),
        package: question,
        approvals_needed: 1,
        deadline_at: new Date(),
        decision: 'reject',
        decided_at: new Date(),
      })
      .execute();
    const filler = Array.from({ length: 3_000 }, (_, i) => `a finding that takes room ${i} ${'x'.repeat(100)}`);
    await reviewed(of, [], { pr_number: prNumber() }, { filler });
    const decided = await allDecided();
    expect(decided.find(({ id }) => id === late.id)).toMatchObject({ asked_later: true, taken_back: true });
    const body = await store.db
      .selectFrom('audit.entry')
      .select('body')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    const { blob } = JSON.parse(body.body).payload;
    await admin.query('delete from slipway.blobs where digest = $1', [blob]);
    const after = await allDecided();
    expect(after.at(-1)).toMatchObject({ case: null, route: 'human', reasons: ['not_in_the_store'] });
    expect(await gate(of)).toMatchObject({
      kind: 'refused',
      why: [expect.stringContaining('count 16.7 % (2 of 12;'), expect.stringContaining('(2 of 12;')],
    });
  });

  it('opens only under the file that the fleet runs with, whatever a looser one asks for', async () => {
    const fleet = config({ rollout: { min_runs: 50 } });
    await many(fleet, 12);
    expect(await gate(config())).toMatchObject({ kind: 'refused', why: [expect.stringContaining('not the one')] });
    expect(() => config({ rollout: { max_escalation_rate: 0.5 } })).toThrow('rollout.max_escalation_rate');
  });

  it('does not open on a record that somebody changed', async () => {
    const of = config();
    await many(of, 12);
    expect(await gate(of)).toMatchObject({ kind: 'may' });
    await admin.query(`alter event trigger slipway_audit_no_ddl disable;
      alter event trigger slipway_audit_no_drop disable; alter table audit.entry disable trigger all;
      alter table audit.entry drop constraint if exists entry_leaf`);
    await admin.query(
      `update audit.entry set body = replace(body, '"total":1', '"total":0') where seq = (select max(seq) from audit.entry)`,
    );
    expect(await gate(of)).toMatchObject({ kind: 'refused', why: [expect.stringContaining('does not verify')] });
  });

  it('takes one step where several people advance at once', async () => {
    const of = config();
    const steps = await Promise.all(['ada', 'ben', 'cyd'].map((who) => advanceTo(of, 25, who)));
    expect(new Set(steps.map(({ seq }) => seq)).size).toBe(1);
    expect(await readRollout(store.db, of)).toEqual({ automated_pct: 25, from: 'step', steps: 1 });
  });

  it('stands where the record says, whatever the application writes beside it', async () => {
    const of = config();
    await step(of, 25);
    const forged = { n: 1, automated_pct: 100, configured_pct: 10, actor: 'ada', reason: 'x', at: new Date() };
    await store.db.insertInto('slipway.rollout_steps').values(forged).execute();
    await store.db.updateTable('slipway.rollout_steps').set({ automated_pct: 90 }).where('n', '=', 0).execute();
    expect(await readRollout(store.db, of), 'a row of nobody').toEqual({ automated_pct: 25, from: 'step', steps: 1 });
    await step(of, 0);
    await store.db.deleteFrom('slipway.rollout_steps').execute();
    expect(await readRollout(store.db, of), 'a retreat that was wiped out').toMatchObject({
      automated_pct: 0,
      steps: 2,
    });
    for (let n = 2; n < 40; n++) await step(of, n % 2 === 0 ? 10 : 5);
    expect(await readRollout(store.db, of)).toEqual({ automated_pct: 5, from: 'step', steps: 40 });
  });

  it('does not spring back to an old step when the file is put back to what it said', async () => {
    const of = config();
    const [stopped, restored] = [config({ rollout: { automated_pct: 0 } }), config()];
    const start = (file: Config) => recordConfiguredRollout({ db: store.db, audit: store.audit, config: file });
    await start(of);
    expect(await readRollout(store.db, of), 'nothing to write down').toMatchObject({ steps: 0 });
    await step(of, 50);
    await start(of);
    expect(await readRollout(store.db, of)).toMatchObject({ automated_pct: 50, steps: 1 });
    await start(stopped);
    await start(stopped);
    expect(await readRollout(store.db, stopped)).toEqual({ automated_pct: 0, from: 'step', steps: 2 });
    await start(restored);
    expect(await readRollout(store.db, restored)).toEqual({ automated_pct: 10, from: 'step', steps: 3 });
    const rows = await store.db
      .selectFrom('audit.entry')
      .select('body')
      .where('event', '=', 'rollout_changed')
      .orderBy('seq')
      .execute();
    expect(rows.map(({ body }) => JSON.parse(body)).map(({ outcome, actor }) => [outcome, actor.kind])).toEqual([
      ['advanced', 'human'],
      ['configured', 'system'],
      ['configured', 'system'],
    ]);
  });

  it('says which parts of a file a replay cannot try', async () => {
    const of = config();
    await putBlob(store.db, of.policy_text, 'application/json');
    await reviewed(of, []);
    const counts = makePolicyCounts();
    for await (const run of readDecidedRuns(store.db, LONG_AGO)) counts.add(run);
    const runs = counts.result();
    expect(await readUnreplayed(store.db, runs, of)).toEqual([]);
    const other = config({ people: { ada: { logins: ['ada'] } } });
    expect(await readUnreplayed(store.db, runs, other)).toEqual([{ part: 'people', runs: 1 }]);
  });
});
