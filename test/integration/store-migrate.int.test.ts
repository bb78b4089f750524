import { Migrator, sql } from 'kysely';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { makeLogger } from '../../src/log.ts';
import { assertSafeRole } from '../../src/store/assert-safe-role.ts';
import { migrate } from '../../src/store/migrate.ts';
import { migrationNames, migrationProvider, OLDEST_CODE } from '../../src/store/migrations/provider.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { assertSchemaFits, readSchemaState } from '../../src/store/schema-version.ts';
import { kyselyInTransaction } from '../../src/store/transaction-client.ts';
import { build, makeDraft, openLog } from '../support/record.ts';
import { type TestDatabase, withDatabase } from '../support/stores.ts';

const log = makeLogger({ level: 'silent', name: 'test' });
const ALL = [...migrationNames];
const appPassword = inject('appPassword');

async function withAdmin<T>(database: TestDatabase, use: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client(database.adminUrl);
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}

async function readGuards(admin: pg.Client) {
  const { rows } = await admin.query(
    "select evtname::text || ' ' || evtenabled::text as guard from pg_event_trigger order by 1",
  );
  return rows.map(({ guard }) => guard);
}

const GUARDS_ON = ['slipway_audit_no_ddl A', 'slipway_audit_no_drop A'];

test('brings an empty database to the schema, records it, and leaves a safe application role', async () => {
  await withDatabase(
    async (database) => {
      const now = () => new Date('2026-11-23T12:00:00Z');
      expect(await migrate({ adminUrl: database.adminUrl, appPassword, profile: 'demo', now, log })).toEqual({
        applied: ALL,
      });
      const { db, close } = openDatabase(database.appUrl, { poolSize: 2, log });
      await assertSchemaFits(db);
      await assertSafeRole(db);
      const result = await verifyLog(db);
      expect(result).toMatchObject({ ok: true, entries: 1 });
      const row = await db.selectFrom('audit.entry').select('body').executeTakeFirstOrThrow();
      expect(JSON.parse(row.body)).toMatchObject({
        event: 'audit.schema_changed',
        profile: 'demo',
        timestamp: '2026-11-23T12:00:00.000Z',
        payload: { migrations: ALL, from: null, to: ALL.at(-1) },
      });
      await close();
      expect(await withAdmin(database, readGuards)).toEqual(GUARDS_ON);
    },
    { empty: true },
  );
});

test('again it changes nothing and records nothing', async () => {
  await withDatabase(async (database) => {
    expect(await migrate({ adminUrl: database.adminUrl, appPassword, log })).toEqual({ applied: [] });
    await withAdmin(database, async (admin) => {
      expect((await admin.query('select count(*)::int as n from audit.entry')).rows).toEqual([{ n: 1 }]);
      expect(await readGuards(admin)).toEqual(GUARDS_ON);
    });
  });
});

test('guards that were switched off are on again afterwards', async () => {
  await withDatabase(async (database) => {
    await withAdmin(database, async (admin) => {
      await admin.query('alter event trigger slipway_audit_no_ddl disable; drop event trigger slipway_audit_no_drop');
      await migrate({ adminUrl: database.adminUrl, log });
      expect(await readGuards(admin)).toEqual(GUARDS_ON);
    });
  });
});

test('four at once on one database, and on two databases: each is migrated once, the others wait', async () => {
  await withDatabase(
    async (first) =>
      await withDatabase(
        async (second) => {
          const urls = [first, second, first, second].map(({ adminUrl }) => adminUrl);
          const results = await Promise.all(urls.map((adminUrl) => migrate({ adminUrl, appPassword, log })));
          expect(results.map(({ applied }) => applied.length).toSorted((a, b) => a - b)).toEqual([
            0,
            0,
            ALL.length,
            ALL.length,
          ]);
        },
        { empty: true },
      ),
    { empty: true },
  );
});

test('roles that do not exist are made once, by however many ask at the same time', async () => {
  await withDatabase(
    async (first) =>
      await withDatabase(
        async (second) => {
          const appRole = `test_made_${process.pid}`;
          try {
            await Promise.all(
              [first, second].map(({ adminUrl }) => migrate({ adminUrl, appRole, appPassword: "it's", log })),
            );
            const url = new URL(second.adminUrl);
            url.username = appRole;
            url.password = encodeURIComponent("it's");
            const { db, close } = openDatabase(url.href, { poolSize: 1, log });
            await expect(assertSafeRole(db)).resolves.toBeUndefined();
            await close();
          } finally {
            for (const database of [first, second]) {
              await withAdmin(database, async (admin) => {
                await admin.query(
                  'alter event trigger slipway_audit_no_drop disable; alter event trigger slipway_audit_no_ddl disable',
                );
                await admin.query(`drop owned by ${appRole}`);
              });
            }
            await withAdmin(first, (admin) => admin.query(`drop role ${appRole}`));
          }
        },
        { empty: true },
      ),
    { empty: true },
  );
});

test('a record that earlier code wrote is left as it is, and goes on: known entries are known, and the chain holds', async () => {
  await withDatabase(
    async (database) => {
      const written = [build(null), build(null, { n: 1 }), build(null, { n: 2 })];
      await withAdmin(database, async (admin) => {
        await admin.query('begin');
        await new Migrator({
          db: kyselyInTransaction(admin),
          provider: migrationProvider,
          migrationTableSchema: 'slipway',
          migrationTableName: 'migration',
          migrationLockTableName: 'migration_lock',
        }).migrateTo('0026-notifications-resent');
        await admin.query('commit');
        await admin.query('select audit.append_all($1)', [written.map(({ body }) => body)]);
        const before = await admin.query('select * from audit.entry order by seq');
        expect(await migrate({ adminUrl: database.adminUrl, appPassword, log })).toEqual({
          applied: ALL.filter((name) => name > '0026-notifications-resent'),
        });
        const after = await admin.query('select * from audit.entry order by seq limit 3');
        expect(after.rows).toEqual(before.rows);
      });
      const { audit, db, close } = openLog(database.appUrl);
      const [known, fresh] = await Promise.all([1, 9].map((n) => audit.append(null, makeDraft(null, { n }))));
      expect([known?.receipt.seq, fresh?.receipt.seq]).toEqual(['1', '4']);
      expect(await verifyLog(db)).toMatchObject({ ok: true, entries: 5 });
      await close();
    },
    { empty: true },
  );
});

test('a migration that fails leaves nothing behind', async () => {
  await withDatabase(
    async (database) => {
      await withAdmin(database, async (admin) => {
        // Stands in the way of the second migration only.
        await admin.query('create schema audit');
        await expect(migrate({ adminUrl: database.adminUrl, appPassword, log })).rejects.toMatchObject({
          code: '42P06',
        });
        const { rows } = await admin.query(
          "select nspname from pg_namespace where nspname like 'slipway%' or nspname = 'audit_guard'",
        );
        expect(rows).toEqual([]);
        await admin.query('drop schema audit');
        expect(await migrate({ adminUrl: database.adminUrl, appPassword, log })).toEqual({ applied: ALL });
      });
    },
    { empty: true },
  );
});

test('refuses an administrator who is none, a foreign schema and another encoding, and says what to do', async () => {
  await withDatabase(async (database) => {
    await expect(migrate({ adminUrl: database.appUrl, log })).rejects.toThrow(
      /\[MIGRATION_REFUSED\].*DATABASE_ADMIN_URL must name a superuser/,
    );
    await withAdmin(database, (admin) =>
      admin.query(
        "update slipway.schema_gate set oldest_code = '9999-later'; insert into slipway.migration values ('9999-later', now()::text)",
      ),
    );
    await expect(migrate({ adminUrl: database.adminUrl, log })).rejects.toThrow(
      /\[MIGRATION_REFUSED\] this version does not know the database's schema/,
    );
  });
  await withDatabase(
    async (database) => {
      await withAdmin(database, async (admin) => {
        await admin.query(`create database ${database.name}_latin encoding 'LATIN1' template template0`);
        const url = new URL(database.adminUrl);
        url.pathname += '_latin';
        try {
          await expect(migrate({ adminUrl: url.href, log })).rejects.toThrow(
            "[MIGRATION_REFUSED] the database's encoding is LATIN1",
          );
        } finally {
          await admin.query(`drop database ${database.name}_latin`);
        }
      });
    },
    { empty: true },
  );
});

test('a server is told which side is behind', async () => {
  await withDatabase(async (database) => {
    const { db, close } = openDatabase(database.appUrl, { poolSize: 1, log });
    await withAdmin(database, async (admin) => {
      expect(await readSchemaState(db)).toEqual({ applied: ALL, oldestCode: OLDEST_CODE });
      await expect(assertSchemaFits(db)).resolves.toBeUndefined();
      await admin.query("delete from slipway.migration where name <> '0001-tables'");
      await expect(assertSchemaFits(db)).rejects.toThrow(
        `is at 0001-tables, this version needs ${ALL.at(-1)}: run \`slipway migrate\``,
      );
      await admin.query('revoke select on slipway.migration from slipway_app');
      await expect(assertSchemaFits(db)).rejects.toThrow(
        'holds no Slipway schema that this role may read: run `slipway migrate`',
      );
    });
    await close();
  });
});

test('a newer schema lets older code start exactly as long as it says so, and old code migrates nothing there', async () => {
  await withDatabase(async (database) => {
    const { db, close } = openDatabase(database.appUrl, { poolSize: 1, log });
    const migrateOld = () => migrate({ adminUrl: database.adminUrl, appPassword, log });
    await withAdmin(database, async (admin) => {
      await admin.query("insert into slipway.migration values ('9998-later', now()::text)");
      await expect(assertSchemaFits(db)).resolves.toBeUndefined();
      expect(await migrateOld()).toEqual({ applied: [] });
      expect((await readSchemaState(db)).oldestCode).toBe(OLDEST_CODE);

      await admin.query("update slipway.schema_gate set oldest_code = '9998-later'");
      await expect(assertSchemaFits(db)).rejects.toThrow(
        '[SCHEMA_NOT_CURRENT] the database schema is at 9998-later, which this version does not know and whose data needs the code of 9998-later or newer',
      );
      await expect(migrateOld()).rejects.toThrow('[MIGRATION_REFUSED] this version does not know');

      const loosen = sql`update slipway.schema_gate set oldest_code = ''`.execute(db);
      await expect(loosen).rejects.toThrow('permission denied');
      await admin.query('drop table slipway.schema_gate');
      await expect(assertSchemaFits(db)).rejects.toThrow('at 9998-later, which this version does not know: start');
      expect(await withAdmin(database, readGuards)).toEqual(GUARDS_ON);
    });
    await close();
  });
});
