import { createServer, type Socket } from 'node:net';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { PermanentFailure, StoreDown } from '../../src/errors.ts';
import { digestOf } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { getBlob, getJsonBlob, putBlob } from '../../src/store/blobs.ts';
import { type OpenDatabase, openDatabase, type StoreLimits } from '../../src/store/open-database.ts';
import { eventually } from '../support/eventually.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const log = makeLogger({ level: 'silent', name: 'test' });

let database: TestDatabase;
beforeAll(async () => {
  database = await makeDatabase();
});
afterAll(async () => {
  await database.drop();
});

async function withStore<T>(
  use: (store: OpenDatabase) => Promise<T>,
  limitsMs: Partial<StoreLimits> = {},
  url = database.appUrl,
) {
  const store = openDatabase(url, { poolSize: 1, log, limitsMs });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

test('the limits and the name are set on every connection', async () => {
  await withStore(async ({ db }) => {
    const { rows } = await sql`
      select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
        current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`.execute(
      db,
    );
    expect(rows).toEqual([{ lock: '2s', statement: '5s', idle: '2s', name: 'slipway' }]);
  });
});

test('bigint stays a string, jsonb is parsed, times are Dates', async () => {
  await withStore(async ({ db }) => {
    const { rows } =
      await sql`select 9007199254740993::bigint as big, '{"a":1}'::jsonb as json, to_timestamp(0) as at`.execute(db);
    expect(rows).toEqual([{ big: '9007199254740993', json: { a: 1 }, at: new Date(0) }]);
  });
});

test('a refused statement is told as it is, and the connection goes on', async () => {
  await withStore(async ({ db }) => {
    await expect(sql`select * from nowhere`.execute(db)).rejects.toMatchObject({ code: '42P01' });
    await expect(sql`select 1 as one`.execute(db)).resolves.toMatchObject({ rows: [{ one: 1 }] });
  });
});

test('a session that the server ends is the store out of reach; the next statement gets a new one', async () => {
  await withStore(async ({ db }) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
    await Promise.all([
      expect(sql`select pg_sleep(20)`.execute(db)).rejects.toMatchObject({
        name: 'StoreDown',
        store: 'postgres',
        cause: { code: '57P01' },
      }),
      terminateAsleep(rows[0]?.pid),
    ]);
    await expect(sql`select 1 as one`.execute(db)).resolves.toMatchObject({ rows: [{ one: 1 }] });
  });
});

/** Ends a session once its statement is running. */
async function terminateAsleep(pid: number | undefined): Promise<void> {
  const admin = new pg.Client(database.adminUrl);
  await admin.connect();
  const end = "select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'";
  await expect.poll(async () => (await admin.query(end, [pid])).rowCount).toBe(1);
  await admin.end();
}

test('the time limit of a statement is the store out of reach, and the connection goes on', async () => {
  const limits = { statement: 50 };
  await withStore(async ({ db }) => {
    const pid = await sql`select pg_backend_pid() as pid`.execute(db);
    await expect(sql`select pg_sleep(20)`.execute(db)).rejects.toMatchObject({
      name: 'StoreDown',
      cause: { code: '57014' },
    });
    expect(await sql`select pg_backend_pid() as pid`.execute(db)).toEqual(pid);
  }, limits);
});

test('a lock that is not given in time is the store out of reach, and the transaction is undone', async () => {
  const run = makeRunFacts();
  const holder = new pg.Client(database.adminUrl);
  await holder.connect();
  await withStore(
    async ({ db }) => {
      await insertRun(db, run);
      await holder.query(`begin; update slipway.runs set title = 'held' where id = '${run.id}'`);
      const attempt = db.transaction().execute(async (trx) => {
        await trx
          .insertInto('slipway.blobs')
          .values({ digest: digestOf('gone'), media_type: 'x', bytes: Buffer.from('gone') })
          .execute();
        await trx.updateTable('slipway.runs').set({ title: 'mine' }).where('id', '=', run.id).execute();
      });
      await expect(attempt).rejects.toMatchObject({ name: 'StoreDown', cause: { code: '55P03' } });
      expect(await getBlob(db, digestOf('gone'))).toBeNull();
    },
    { lock: 50 },
  );
  await holder.end();
});

test('a server that goes silent is the store out of reach; its connection is not used again', async () => {
  const url = new URL(database.appUrl);
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  await withStore(
    async ({ db }) => {
      const before = await sql`select pg_backend_pid() as pid`.execute(db);
      proxy.muteAnswers();
      const attempt = db.transaction().execute((trx) => sql`select 1`.execute(trx));
      await expect(attempt).rejects.toMatchObject({ name: 'StoreDown', cause: { message: 'Query read timeout' } });
      proxy.unmute();
      expect(await sql`select pg_backend_pid() as pid`.execute(db)).not.toEqual(before);
    },
    { query: 200 },
    url.href,
  );
  await proxy.close();
});

test('no server, a server that does not answer, and a pool that is used up are the store out of reach', async () => {
  const accepted: Socket[] = [];
  const silent = createServer((socket) => void accepted.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const url = `postgresql://app@127.0.0.1:${port}/x`;
  const ping = ({ db }: OpenDatabase) => sql`select 1`.execute(db);
  await expect(withStore(ping, { connect: 50 }, url)).rejects.toBeInstanceOf(StoreDown);
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
  await expect(withStore(ping, {}, url)).rejects.toMatchObject({ name: 'StoreDown', cause: { code: 'ECONNREFUSED' } });
  await withStore(
    async ({ db }) => {
      const nested = db.transaction().execute(() => sql`select 1`.execute(db));
      await expect(nested).rejects.toBeInstanceOf(StoreDown);
    },
    { connect: 50 },
  );
});

test('a wrong password is no outage', async () => {
  const url = new URL(database.appUrl);
  url.password = 'wrong';
  await expect(withStore(({ db }) => sql`select 1`.execute(db), {}, url.href)).rejects.toMatchObject({ code: '28P01' });
});

test('closing twice is closing once, and works where nothing was ever asked', async () => {
  const store = openDatabase(database.appUrl, { poolSize: 1, log });
  await expect(Promise.all([store.close(), store.close()])).resolves.toHaveLength(2);
});

test('a blob is named by its content and kept once', async () => {
  await withStore(async ({ db }) => {
    const digest = await putBlob(db, '{"n":1}', 'application/json');
    expect(digest).toBe(digestOf('{"n":1}'));
    expect(await putBlob(db, Buffer.from('{"n":1}'), 'text/plain')).toBe(digest);
    expect(await getBlob(db, digest)).toEqual(Buffer.from('{"n":1}'));
    expect(await getJsonBlob(db, digest, z.strictObject({ n: z.number() }))).toEqual({ n: 1 });
    await expect(getJsonBlob(db, digest, z.strictObject({ m: z.number() }))).rejects.toBeInstanceOf(PermanentFailure);
    const binary = await putBlob(db, Uint8Array.of(0, 255, 0), 'application/octet-stream');
    expect(await getBlob(db, binary)).toEqual(Buffer.of(0, 255, 0));
    await expect(getJsonBlob(db, binary, z.unknown())).rejects.toThrow('[BLOB_UNREADABLE]');
    expect(await getBlob(db, digestOf('never put'))).toBeNull();
    const forged = db
      .insertInto('slipway.blobs')
      .values({ digest: digestOf('a'), media_type: 'x', bytes: Buffer.from('b') });
    await expect(forged.execute()).rejects.toMatchObject({ constraint: 'blobs_named_by_content' });
  });
});

test('a connection that is lost between two statements of a transaction costs the transaction, not the process', async () => {
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  try {
    await withStore(async ({ db }) => {
      const transaction = db.transaction().execute(async (trx) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
        await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
        await eventually('the connection is gone', async () => {
          const left = await admin.query('select from pg_stat_activity where pid = $1', [rows[0]?.pid]);
          return left.rowCount === 0;
        });
        // Its end has been read from the socket once another connection has had its turn.
        await admin.query('select 1');
        return sql`select 1 as one`.execute(trx);
      });
      await expect(transaction).rejects.toThrow(StoreDown);
      await expect(sql`select 1 as one`.execute(db)).resolves.toMatchObject({ rows: [{ one: 1 }] });
    });
  } finally {
    await admin.end();
  }
});

test('a table that got another column under a prepared statement is read anew; a transaction comes again', async () => {
  const admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  try {
    await admin.query('create table public.grows (a int); grant select on public.grows to public');
    await admin.query('insert into public.grows values (1)');
    await withStore(async ({ db }) => {
      const read = sql`select * from public.grows`;
      const readInTransaction = () => db.transaction().execute((trx) => read.execute(trx));
      await expect(read.execute(db)).resolves.toMatchObject({ rows: [{ a: 1 }] });
      await admin.query('alter table public.grows add column b int not null default 2');
      await expect(read.execute(db)).resolves.toMatchObject({ rows: [{ a: 1, b: 2 }] });
      await expect(readInTransaction()).resolves.toMatchObject({ rows: [{ a: 1, b: 2 }] });
      await admin.query('alter table public.grows add column c int not null default 3');
      await expect(readInTransaction()).rejects.toMatchObject({ name: 'StoreDown', cause: { code: '0A000' } });
      await expect(readInTransaction()).resolves.toMatchObject({ rows: [{ a: 1, b: 2, c: 3 }] });
    });
  } finally {
    await admin.end();
  }
});
