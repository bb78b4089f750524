import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { exportLog, verifyExport } from '../../src/audit/export.ts';
import { readLog } from '../../src/audit/read-log.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { makeDraft, makeRunFacts, openLog } from '../support/record.ts';
import { withDatabase } from '../support/stores.ts';

/** A log of one run: the schema's entry and six ticks. */
async function withLog(
  use: (log: ReturnType<typeof openLog>, tamper: (sql: string) => Promise<void>) => Promise<void>,
) {
  await withDatabase(async (database) => {
    const log = openLog(database.appUrl);
    const admin = new pg.Client(database.adminUrl);
    await admin.connect();
    try {
      const run = makeRunFacts();
      for (const n of [0, 1, 2, 3, 4, 5]) await log.audit.append(run, makeDraft(run.id, { event: 'canary_tick', n }));
      await use(log, async (sql) => {
        // What an administrator of the server can do in the end: take the guards away first.
        await admin.query(`alter event trigger slipway_audit_no_ddl disable;
          alter event trigger slipway_audit_no_drop disable; alter table audit.entry disable trigger all;
          alter table audit.entry drop constraint entry_leaf; alter table audit.entry drop constraint entry_chain`);
        await admin.query(sql);
      });
    } finally {
      await admin.end();
      await log.close();
    }
  });
}

test('a good log verifies, page by page, and its head is what was appended last', async () => {
  await withLog(async (log) => {
    const result = await verifyLog(log.db);
    expect(result).toMatchObject({ ok: true, entries: 7, problems: [], notes: [] });
    expect(result.head).toEqual({ seq: '6', chainHash: log.lines.at(-1)?.['chain_hash'] });
    expect(await verifyLog(readLog(log.db, { pageRows: 2 }))).toEqual(result);
  });
});

test.each([
  [
    'one byte of one text',
    'update audit.entry set body = replace(body, \'"n":2\', \'"n":3\') where seq = 3',
    ['3 leaf_hash', '3 chain_hash', '3 entry_id'],
  ],
  [
    'a time of recording',
    "update audit.entry set recorded_at = recorded_at + interval '1 ms' where seq = 6",
    ['6 chain_hash'],
  ],
  ['an endless time', "update audit.entry set recorded_at = 'infinity' where seq = 6", ['6 chain_hash']],
  ['an index column', 'update audit.entry set pr_number = 43 where seq = 3', ['3 column']],
  ['a removed middle', 'delete from audit.entry where seq = 3', ['4 gap', '4 broken_link']],
])('finds %s', async (_, sql, found) => {
  await withLog(async (log, tamper) => {
    await tamper(sql);
    const { ok, problems } = await verifyLog(log.db);
    expect(ok).toBe(false);
    expect(problems.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual(found);
  });
});

test('finds a cut tail only against a head known from elsewhere: a line of the shipped log will do', async () => {
  await withLog(async (log, tamper) => {
    const line = log.lines.at(-1);
    const head = { seq: String(line?.['seq']), chainHash: String(line?.['chain_hash']) };
    expect((await verifyLog(log.db, { heads: [head] })).ok).toBe(true);
    await tamper('delete from audit.entry where seq > 4');
    expect((await verifyLog(log.db)).ok).toBe(true);
    const { problems } = await verifyLog(log.db, { heads: [head] });
    expect(problems.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual(['6 head_missing']);
  });
});

test('an export is checked without the database', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-export-'));
  try {
    await withLog(async (log) => {
      const file = join(directory, 'log.jsonl');
      await writeFile(
        file,
        exportLog(log.db, () => new Date()),
      );
      const inPlace = await verifyLog(log.db);
      await log.close();
      expect(await verifyExport(file)).toEqual(inPlace);
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
