import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunId, Sha } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { makeSandbox, type OwnedSandbox } from '../../src/sandbox/make-sandbox.ts';
import type { Run } from '../../src/store/tables.ts';
import { eventually } from '../support/eventually.ts';
import { type Flow, person } from '../support/fleet-flow.ts';
import { EVERY_EFFECT, effectsOf, GOOD, MIGRATION, useFlows, waitsFor } from '../support/flow-cases.ts';
import { SANDBOX_UID } from '../support/sandbox.ts';

const flows = useFlows();
const { withFlow } = flows;
let sandbox: OwnedSandbox;
beforeAll(() => {
  sandbox = makeSandbox({ uid: SANDBOX_UID, log: makeLogger({ level: 'silent', name: 'test' }) });
});
afterAll(() => sandbox.close());

const NODE_MODULES = new URL('../../node_modules', import.meta.url).pathname;
const CLIENT = [
  'pg',
  'pg-types',
  'pg-pool',
  'pg-protocol',
  'pg-connection-string',
  'pg-int8',
  'pgpass',
  'split2',
  'postgres-array',
  'postgres-bytea',
  'postgres-date',
  'postgres-interval',
  'xtend',
];

/** A real client of PostgreSQL as a repository may carry it, for the sandbox reaches no registry. */
function client(): Record<string, string> {
  const files: Record<string, string> = {};
  const walk = (directory: string) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(?:c?m?js|json)$/.test(entry.name))
        files[`node_modules/${relative(NODE_MODULES, path)}`] = readFileSync(path, 'utf8');
    }
  };
  for (const name of CLIENT) walk(join(NODE_MODULES, name));
  return files;
}

/** Applies `migrations/*.sql` in order, or takes the newest back by its `.down` file; keeps a table of what it did. */
const MIGRATE = `
  import { readdirSync, readFileSync } from 'node:fs';
  import pg from 'pg';
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  await client.query('create table if not exists applied (name text primary key)');
  const { rows } = await client.query('select name from applied order by name');
  const done = new Set(rows.map(({ name }) => name));
  const all = readdirSync('migrations').filter((name) => !name.includes('.down')).toSorted();
  if (process.argv[2] === 'up') {
    for (const name of all.filter((name) => !done.has(name))) {
      await client.query(readFileSync('migrations/' + name, 'utf8'));
      await client.query('insert into applied values ($1)', [name]);
    }
  } else {
    const last = [...done].at(-1);
    await client.query(readFileSync('migrations/' + last.replace('.sql', '.down.sql'), 'utf8'));
    await client.query('delete from applied where name = $1', [last]);
  }
  await client.end();
`;
const setUp = (repo: Flow['repo']) => {
  const first = { 'migrations/001-items.sql': 'create table items (id int primary key);', 'migrate.mjs': MIGRATE };
  repo.commit({ files: { ...client(), ...first }, message: 'Migrations', email: 'owner@example.com' });
};
const MIGRATIONS = { up: ['node', 'migrate.mjs', 'up'], down: ['node', 'migrate.mjs', 'down'] };
const decide = async (flow: Flow, run: Run, decision: 'approve' | 'reject' = 'approve', name = 'mara') => {
  await waitsFor(flow, run.id, 'for a person');
  const request = { decision, reason: 'looked at it', head_sha: Sha.parse(run.head_sha) };
  await flow.desk.decide(RunId.parse(run.id), request, person(name));
};
/** The second question of a run: the first one was the review's. */
const askedInStaging = (flow: Flow, run: Run) =>
  eventually(
    'a question in staging',
    async () =>
      (await flow.entries(run.id)).find(({ entry }) => entry.event === 'escalated' && entry.stage === 'staging'),
    60_000,
  );

it.concurrent('tries the migrations of a change where tests run, and the result stands with the validation', () =>
  withFlow(
    async (flow) => {
      const files = { ...MIGRATION, 'migrations/002-stock.down.sql': 'alter table items drop column stock;' };
      const run = await flow.enqueue(1, flow.open(1, files));
      await decide(flow, run);
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      const { migration, checks } = (await flow.recorded(run.id, 'staging_validation')).entry.payload;
      expect(migration).toMatchObject({ outcome: 'passed' });
      // A busy machine may hold the lock long enough to be seen; then it is told as what it is, and of nothing else.
      const { lock } = migration as { lock: object | null };
      expect(lock ?? { table: 'items', mode: 'AccessExclusiveLock' }).toMatchObject({
        table: 'items',
        mode: 'AccessExclusiveLock',
      });
      expect((migration as { text: string }).text).toContain('1 line(s) of the schema change');
      expect(checks).toMatchObject({ migrations: 'run' });
    },
    { sandbox, setUp, config: { service: { migrations: MIGRATIONS } } },
  ));

it.concurrent('puts a down that does not restore the schema to a person, with what is left', () =>
  withFlow(
    async (flow) => {
      const files = { ...MIGRATION, 'migrations/002-stock.down.sql': 'select 1;' };
      const run = await flow.enqueue(2, flow.open(2, files));
      await decide(flow, run);
      const asked = await askedInStaging(flow, run);
      expect(asked.entry.payload['reasons']).toMatchObject([{ code: 'migration_failed' }]);
      expect(asked.entry.rationale).toContain(
        'migration: down does not restore the schema: + column public.items stock integer',
      );
      await decide(flow, run, 'reject');
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rejected' });
      expect(effectsOf(flow)).toEqual(EVERY_EFFECT.slice(0, 2));
    },
    { sandbox, setUp, config: { service: { migrations: MIGRATIONS } } },
  ));

it.concurrent('does not pass migrations in silence that could not be tried', () =>
  withFlow(
    async (flow) => {
      const run = await flow.enqueue(3, flow.open(3, MIGRATION));
      await decide(flow, run);
      const asked = await askedInStaging(flow, run);
      expect(asked.entry.payload['reasons']).toMatchObject([{ code: 'migration_not_run' }]);
      expect(asked.entry.rationale).toContain('the sandbox does not hold');
    },
    { config: { service: { migrations: MIGRATIONS } } },
  ));

const CONTRACT = `
  const answer = await fetch(process.env.SLIPWAY_ENDPOINT + '/bill');
  const told = (await answer.text()).includes(process.argv[2]);
  console.log('TAP version 13\\n' + (told ? 'ok' : 'not ok') + ' 1 - bills are told\\n1..1');
  process.exit(told ? 0 : 1);
`;
const contract = (wanted: string, over: object = {}) => ({
  name: 'billing',
  command: ['node', 'contracts/billing.mjs', wanted],
  report: 'tap',
  ...over,
});
const withContract = (repo: Flow['repo']) => {
  repo.commit({ files: { 'contracts/billing.mjs': CONTRACT }, message: 'Contract', email: 'owner@example.com' });
};

it.concurrent('runs declared contracts against the staged version, and a person decides about those that fail, by name', () =>
  withFlow(
    async (flow) => {
      // The change cannot make it green: its tests are those of the target branch.
      const run = await flow.enqueue(4, flow.open(4, { ...GOOD, 'contracts/billing.mjs': 'process.exit(0);' }));
      const { entry } = await askedInStaging(flow, run);
      expect(entry.payload['reasons']).toMatchObject([{ code: 'contract_failed' }]);
      expect(entry.rationale).toContain('contract billing: bills are told');
      expect(effectsOf(flow)).toEqual(EVERY_EFFECT.slice(0, 2));
      await decide(flow, run, 'reject');
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rejected' });
    },
    { sandbox, setUp: withContract, config: { staging: { contracts: [contract('never said')] } } },
  ));

it.concurrent('goes on where contracts hold, also one that comes with the change', () =>
  withFlow(
    async (flow) => {
      const run = await flow.enqueue(5, flow.open(5, { ...GOOD, 'contracts/billing.mjs': CONTRACT }));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      const { measurement } = (await flow.recorded(run.id, 'staging_validation')).entry.payload;
      expect(measurement).toMatchObject({ contracts: [{ name: 'billing', head: [{ passed: true }], base: null }] });
    },
    { sandbox, config: { staging: { contracts: [contract('ok', { tree: 'merge' })] } } },
  ));
