import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SlipwayFile } from '../../src/config/schema.ts';
import type { MigrationCheck } from '../../src/delivery/migration-check.ts';
import { makeLogger } from '../../src/log.ts';
import { openScratch, type ScratchDatabase } from '../../src/scratch/open-scratch.ts';
import { type MigrationRun, tryMigrations } from '../../src/scratch/try-migrations.ts';

const settingsOf = (over: object) => {
  const { services } = SlipwayFile.parse({
    services: {
      shop: {
        repository: '/x',
        repo: 'o/r',
        delivery: { kind: 'local', command: ['x'] },
        migrations: { up: ['up'], down: ['down'], ...over },
      },
    },
  });
  const settings = services['shop']?.migrations;
  if (settings === undefined) throw new Error('no migrations');
  return settings;
};

let scratch: ScratchDatabase;
beforeEach(async () => {
  scratch = await openScratch(makeLogger({ level: 'silent', name: 'test' }));
}, 120_000);
afterEach(() => scratch.close());

const BASE = 'create table if not exists items (id bigint primary key, name text not null)';

/** What the programs of a service would do, as SQL. */
async function attempt(head: { up: string; down: string }, over: object = {}): Promise<MigrationCheck> {
  return tryMigrations(scratch, settingsOf(over), async ({ tree, command }: MigrationRun) => {
    const client = new Client({ connectionString: scratch.urlAt(scratch.address.port) });
    client.on('error', () => undefined);
    const ended = { ok: true, ended: 'exit code 0', output: '', duration_ms: 1 };
    try {
      await client.connect();
      const [verb] = command;
      await client.query(tree === 'base' ? BASE : verb === 'up' ? `${BASE}; ${head.up}` : head.down);
      return ended;
    } catch (error) {
      return { ...ended, ok: false, ended: 'exit code 1', output: String(error) };
    } finally {
      await client.end().catch(() => undefined);
    }
  });
}

it('passes what goes up, down and up again, whatever kind of object it makes', async () => {
  const up = `create type state as enum ('new', 'sold');
    alter table items add column stock int not null default 0 check (stock >= 0), add column state state;
    create index items_stock on items (stock) where stock > 0;
    create view sold as select id from items where state = 'sold';
    create function twice(n int) returns int language sql as 'select n * 2';
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touched before update on items for each row execute function touch();
    alter table items enable row level security; create policy own on items for select using (stock > 0)`;
  const down = `drop policy own on items; alter table items disable row level security; drop trigger touched on items;
    drop function touch, twice; drop view sold; alter table items drop column state, drop column stock; drop type state`;
  const check = await attempt({ up, down });
  expect(check).toMatchObject({ outcome: 'passed', differences: [] });
  expect(check.steps.map(({ name }) => name)).toEqual(['base_up', 'up', 'down', 'up_again']);
  expect(check.schema?.base).not.toBe(check.schema?.head);
}, 120_000);

it.each([
  ['a column', 'alter table items add stock int', 'select 1', '+ column public.items stock integer'],
  ['a type', 'alter table items alter name type varchar(9)', 'select 1', '- column public.items name text'],
  ['a default', "alter table items alter name set default 'x'", 'select 1', "default 'x'::text"],
  ['an index', 'create index by_name on items (name)', 'select 1', '+ index CREATE INDEX by_name'],
  ['too much', 'create table more (id int)', 'drop table more, items', '- relation r public.items'],
  [
    'a constraint',
    "alter table items add check (name <> '')",
    'select 1',
    '+ constraint public.items items_name_check',
  ],
  ['a grant', 'grant select on items to public', 'select 1', 'acl'],
])(
  'finds a down that leaves %s behind',
  async (_what, up, down, line) => {
    const check = await attempt({ up, down });
    expect(check).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('down does not restore the schema: '),
    });
    expect(check.differences.join('\n')).toContain(line);
  },
  120_000,
);

it('fails what fails, with its output, and takes no further step', async () => {
  const up = await attempt({ up: 'alter table nothing add stock int', down: 'select 1' });
  expect(up.text).toContain('migration: up failed (exit code 1): error: relation "nothing" does not exist');
  expect(up.steps.map(({ name, ok }) => [name, ok])).toEqual([
    ['base_up', true],
    ['up', false],
  ]);
}, 120_000);

it('finds an up that cannot be taken again after down', async () => {
  const up = "create table stock (id int); insert into items values (1, 'one')";
  expect(await attempt({ up, down: 'drop table stock' })).toMatchObject({
    outcome: 'failed',
    text: expect.stringContaining('migration: up after down failed (exit code 1): error: duplicate key'),
  });
}, 120_000);

it('takes down again where it takes back one at a time, and no further than the base', async () => {
  const up = 'create table if not exists t1 (id int); create table if not exists t2 (id int)';
  const down = `do $$ begin if to_regclass('t2') is not null then drop table t2; elsif to_regclass('t1') is not null
    then drop table t1; else drop table items; end if; end $$`;
  const check = await attempt({ up, down }, { down_times: 5 });
  expect(check).toMatchObject({ outcome: 'passed' });
  expect(check.steps.filter(({ name }) => name === 'down')).toHaveLength(2);
}, 120_000);

it('ends a migration that keeps others from a table, and names statement and table', async () => {
  const up = 'alter table items add stock int; select pg_sleep(3600)';
  const check = await attempt({ up, down: 'select 1' }, { max_lock_s: 0.2 });
  expect(check).toMatchObject({
    outcome: 'failed',
    lock: { step: 'up', table: 'items', mode: 'AccessExclusiveLock', ended: true },
  });
  expect(check.text).toContain('AccessExclusiveLock on items for longer than 0.2 s (migrations.max_lock_s), in: ');
  expect(check.text).toContain('alter table items add stock int');
}, 120_000);

it('gives the program no rights over this machine, nor over another database', async () => {
  const program = await attempt({ up: "copy items from program 'id'", down: 'select 1' });
  expect(program.text).toContain('permission denied to COPY to or from an external program');
  const file = await attempt({ up: "select pg_read_file('/etc/passwd')", down: 'select 1' });
  expect(file.text).toContain('permission denied for function pg_read_file');
  const url = scratch.urlAt(scratch.address.port).replace(/\/scratch$/, '/postgres');
  await expect(new Client({ connectionString: url }).connect()).rejects.toThrow('permission denied for database');
}, 120_000);

it('leaves nothing behind', async () => {
  const { rows } = await scratch.admin.query<{ data_directory: string }>('show data_directory');
  const directory = rows[0]?.data_directory ?? '';
  expect(existsSync(directory)).toBe(true);
  await scratch.close();
  expect(existsSync(directory)).toBe(false);
  await expect(new Client({ connectionString: scratch.urlAt(scratch.address.port) }).connect()).rejects.toThrow(
    'ECONNREFUSED',
  );
}, 120_000);

it('ends what makes the database grow beyond its limit', async () => {
  const up =
    'create table big as select repeat(md5(n::text), 30) as line from (select generate_series(1, 100000000) n) lines';
  const check = await attempt({ up, down: 'select 1' }, { max_database_mb: 24 });
  expect(check).toMatchObject({ outcome: 'failed', schema: null });
  expect(check.text).toBe('migration: up was ended: the database grew beyond 24 MB (migrations.max_database_mb)');
  expect(check.steps.map(({ name, ok }) => [name, ok])).toEqual([
    ['base_up', true],
    ['up', false],
  ]);
}, 240_000);
