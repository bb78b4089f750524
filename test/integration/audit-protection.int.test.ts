import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeLogger } from '../../src/log.ts';
import { assertSafeRole } from '../../src/store/assert-safe-role.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { makeDraft, makeRunFacts, openLog } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';

const ROLE = `test_role_${process.pid}`;
const OUTER = `test_outer_${process.pid}`;

let database: TestDatabase;
let app: pg.Client;
let admin: pg.Client;
beforeAll(async () => {
  database = await makeDatabase();
  app = new pg.Client(database.appUrl);
  admin = new pg.Client(database.adminUrl);
  await Promise.all([app.connect(), admin.connect()]);
  const log = openLog(database.appUrl);
  const run = makeRunFacts();
  await log.audit.append(run, makeDraft(run.id));
  await log.close();
});
afterAll(async () => {
  await Promise.all([app.end(), admin.end()]);
  await database.drop();
});

test.each([
  "update audit.entry set event = 'x'",
  'delete from audit.entry',
  'truncate audit.entry',
  'insert into audit.entry select * from audit.entry',
  'copy audit.entry from stdin',
  'alter table audit.entry disable trigger all',
  'drop table audit.entry',
  'drop schema audit cascade',
  'drop schema audit_guard cascade',
  'create table audit.mine ()',
  'create or replace function audit.refuse() returns trigger language plpgsql as $$ begin return new; end $$',
  'alter event trigger slipway_audit_no_ddl disable',
  'set session_replication_role = replica',
  'set role slipway_audit_owner',
  "select audit.chain('', '', 0, now())",
  'delete from slipway.migration',
])('the application role may not: %s', async (statement) => {
  await expect(app.query(statement)).rejects.toMatchObject({ code: '42501' });
});

test.each([
  ["update audit.entry set event = 'x'", 'audit.entry is append-only: UPDATE refused'],
  ['delete from audit.entry', 'audit.entry is append-only: DELETE refused'],
  ['truncate audit.entry', 'audit.entry is append-only: TRUNCATE refused'],
  ['insert into audit.entry select * from audit.entry', 'audit.entry is append-only: INSERT refused'],
  ['alter table audit.entry disable trigger all', 'DDL on the audit log refused: ALTER TABLE'],
  ['alter table audit.entry rename to other', 'DDL on the audit log refused: ALTER TABLE'],
  ['alter table audit.entry set schema public', 'DDL that moves the audit log away refused: ALTER TABLE'],
  ['alter schema audit rename to other', 'DDL that moves the audit log away refused: ALTER SCHEMA'],
  ['alter schema audit owner to postgres', 'DDL on the audit log refused: ALTER SCHEMA'],
  ['alter function audit.append(text) rename to other', 'DDL on the audit log refused: ALTER FUNCTION'],
  [
    'alter function audit.append_all(text[]) set schema public',
    'DDL that moves the audit log away refused: ALTER FUNCTION',
  ],
  ['create rule r as on insert to audit.entry do instead nothing', 'DDL on the audit log refused: CREATE RULE'],
  [
    'create trigger t before insert on audit.entry for each row execute function suppress_redundant_updates_trigger()',
    'DDL on the audit log refused: CREATE TRIGGER',
  ],
  ['create policy p on audit.entry', 'DDL on the audit log refused: CREATE POLICY'],
  ['drop trigger no_change on audit.entry', 'DROP in the audit log refused: no_change on audit.entry'],
  ['drop schema audit cascade', 'DROP in the audit log refused: audit'],
  ['drop function audit_guard.refuse_ddl() cascade', 'DROP in the audit log refused: audit_guard.refuse_ddl()'],
  ['drop owned by slipway_audit_owner cascade', 'DROP in the audit log refused'],
  ['grant update on audit.entry to slipway_app', 'only SELECT may be granted on audit.entry: GRANT refused'],
  ['grant update (body) on audit.entry to slipway_app', 'only SELECT may be granted on audit.entry: GRANT refused'],
])('not even a superuser may, while the guards stand: %s', async (statement, message) => {
  await expect(admin.query(statement)).rejects.toMatchObject({
    code: '42501',
    message: expect.stringContaining(message),
  });
});

test.each([
  ["update audit.entry set event = 'x'", 'UPDATE refused'],
  ['alter table audit.entry disable trigger all', 'DDL on the audit log refused'],
  ['drop schema audit cascade', 'DROP in the audit log refused'],
])('nor in the disguise of a replica: %s', async (statement, message) => {
  await admin.query('begin; set local session_replication_role = replica');
  try {
    await expect(admin.query(statement)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  } finally {
    await admin.query('rollback');
  }
});

test('the guards leave the rest of the database alone, for roles without rights on the log too', async () => {
  const stranger = `test_stranger_${process.pid}`;
  await admin.query(`create role ${stranger}; set role ${stranger}`);
  try {
    const work = 'create temporary table mine (a int); grant select on mine to public; drop table mine';
    await expect(admin.query(work)).resolves.toHaveLength(3);
    await expect(app.query(work)).resolves.toHaveLength(3);
  } finally {
    await admin.query(`reset role; drop role ${stranger}`);
  }
});

describe('assertSafeRole', () => {
  const log = makeLogger({ level: 'silent', name: 'test' });

  async function check(url: string): Promise<string> {
    const store = openDatabase(url, { poolSize: 1, log });
    try {
      await assertSafeRole(store.db);
      return 'safe';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await store.close();
    }
  }

  /** A role with powers, for the time of one check. The guards are lifted for the grants that they would refuse. */
  async function checkWith(...grants: string[]): Promise<string> {
    await admin.query(`create role ${ROLE} login password 'x' in role slipway_app; create role ${OUTER}`);
    const url = new URL(database.adminUrl);
    url.username = ROLE;
    url.password = 'x';
    try {
      await admin.query('alter event trigger slipway_audit_no_ddl disable');
      for (const grant of grants) await admin.query(grant);
      return await check(url.href);
    } finally {
      await admin.query('alter event trigger slipway_audit_no_drop disable');
      for (const role of [ROLE, OUTER]) await admin.query(`drop owned by ${role}; drop role ${role}`);
      await admin.query('alter event trigger slipway_audit_no_drop enable always');
      await admin.query('alter event trigger slipway_audit_no_ddl enable always');
    }
  }

  test('accepts the application role, and one that is only a member of it', async () => {
    expect(await check(database.appUrl)).toBe('safe');
    expect(await checkWith()).toBe('safe');
  });

  test('refuses a superuser, and a superuser who poses as the application', async () => {
    expect(await check(database.adminUrl)).toContain(
      '[UNSAFE_ROLE] the database role could change the audit log: postgres is superuser.',
    );
    const url = new URL(database.adminUrl);
    url.searchParams.set('options', '-c role=slipway_app');
    expect(await check(url.href)).toContain('postgres is superuser');
  });

  test.each([
    [`grant update on audit.entry to ${ROLE}`, `${ROLE} may UPDATE on audit.entry`],
    [`grant delete, truncate on audit.entry to ${ROLE}`, `${ROLE} may DELETE, TRUNCATE on audit.entry`],
    [`grant insert on audit.entry to ${ROLE}`, `${ROLE} may INSERT on audit.entry`],
    [`grant update (body) on audit.entry to ${ROLE}`, `${ROLE} may UPDATE on audit.entry`],
    [`grant create on schema audit to ${ROLE}`, `${ROLE} may CREATE in schema audit`],
    [`grant slipway_audit_owner to ${ROLE}`, 'it is a member of slipway_audit_owner'],
    [`alter role ${ROLE} createrole`, `${ROLE} has CREATEROLE`],
  ])('refuses a role after: %s', async (grant, reason) => {
    expect(await checkWith(grant)).toContain(reason);
  });

  test('refuses powers that are one SET ROLE away', async () => {
    const reason = await checkWith(
      `alter role ${ROLE} noinherit`,
      `grant ${OUTER} to ${ROLE}`,
      `grant update on audit.entry to ${OUTER}`,
    );
    expect(reason).toContain(`${OUTER} may UPDATE on audit.entry`);
  });
});
