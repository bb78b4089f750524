import pg from 'pg';
import { expect, test } from 'vitest';
import type { Receipt } from '../../src/audit/audit-log.ts';
import { type Coverage, readCoverage } from '../../src/audit/read-coverage.ts';
import { parseVerificationKey, type VerificationKey } from '../../src/audit/signed-note.ts';
import { makeDraft, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
import { withDatabase } from '../support/stores.ts';
import { type TestSigner, withSigner } from '../support/test-signer.ts';

type Db = ReturnType<typeof openLog>['db'];

interface Stage {
  readonly db: Db;
  readonly signer: TestSigner;
  readonly append: (count: number) => Promise<Receipt[]>;
  readonly covers: (receipts: readonly Receipt[], ...signers: TestSigner[]) => Promise<Coverage>;
  /** What the owner of the database can do in the end. */
  readonly tamper: (statement: string) => Promise<void>;
}

const keysOf = (signers: readonly TestSigner[]): VerificationKey[] =>
  signers.map(({ vkey }) => parseVerificationKey(vkey)).filter((key) => key !== null);

function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  return withSigner((signer) =>
    withDatabase(async (database) => {
      const record = openLog(database.appUrl, { limitsMs: PATIENT });
      const admin = new pg.Client(database.adminUrl);
      await admin.connect();
      let n = 0;
      try {
        await use({
          db: record.db,
          signer,
          async append(count) {
            const run = makeRunFacts();
            const made: Receipt[] = [];
            for (let i = 0; i < count; i++)
              made.push((await record.audit.append(run, makeDraft(run.id, { event: 'canary_tick', n: n++ }))).receipt);
            return made;
          },
          covers: (receipts, ...signers) =>
            readCoverage(record.db, keysOf(signers.length === 0 ? [signer] : signers), receipts),
          async tamper(statement) {
            await admin.query(`alter event trigger slipway_audit_no_ddl disable;
              alter event trigger slipway_audit_no_drop disable; alter table audit.entry disable trigger all;
              alter table audit.checkpoint disable trigger all;
              alter table audit.entry drop constraint if exists entry_leaf;
              alter table audit.entry drop constraint if exists entry_chain`);
            await admin.query(statement);
          },
        });
      } finally {
        await admin.end();
        await record.close();
      }
    }),
  );
}

test('entries are covered once a configured key has signed a head behind them', () =>
  withStage(async ({ db, signer, append, covers }) => {
    const first = await append(3);
    expect(await covers(first)).toEqual({ kind: 'none' });
    await signer.look(db);
    const size = BigInt(first.at(-1)?.seq ?? 0) + 1n;
    expect(await covers(first)).toEqual({
      kind: 'covered',
      keyId: signer.keyId,
      size,
      chainHash: first.at(-1)?.chainHash,
    });
    // The newest is not signed for, however much stands before it is.
    const more = await append(2);
    expect(await covers([...first, ...more])).toEqual({ kind: 'none' });
    await signer.look(db);
    expect(await covers([...first, ...more])).toMatchObject({ kind: 'covered', size: size + 2n });
    expect(await readCoverage(db, [], first)).toEqual({ kind: 'none' });
  }));

test('a checkpoint of another key does not count, also under the id of the right one', () =>
  withStage(({ db, signer, append, covers }) =>
    withSigner(async (other) => {
      const entries = await append(2);
      await other.look(db);
      expect(await covers(entries)).toEqual({ kind: 'none' });
      expect(await covers(entries, signer, other)).toMatchObject({ kind: 'covered', keyId: other.keyId });
      const head = entries.at(-1);
      if (head === undefined) throw new Error('nothing was appended');
      const size = BigInt(head.seq) + 1n;
      await signer.forge(db, { size, chainHash: head.chainHash }, other);
      expect(await covers(entries)).toEqual({ kind: 'altered', size: String(size) });
      // A good one behind it is one.
      const [next] = await append(1);
      await signer.forge(db, { size: size + 1n, chainHash: next?.chainHash ?? '' });
      expect(await covers(entries)).toMatchObject({ kind: 'covered', size: size + 1n });
    }),
  ));

test('a signed note of another size than its row counts for nothing', () =>
  withStage(async ({ db, signer, append, covers, tamper }) => {
    const entries = await append(2);
    await signer.look(db);
    await append(1);
    const last = String(BigInt(entries.at(-1)?.seq ?? 0) + 2n);
    await tamper(`update audit.checkpoint set size = ${last}`);
    expect(await covers(entries)).toEqual({ kind: 'altered', size: last });
  }));

test.each<[string, string, number]>([
  ['a text, whatever its hashes say', `update audit.entry set body = replace(body, 'threshold', 'limit')`, 1],
  [
    'a text and its own hashes',
    `update audit.entry set body = replace(body, 'threshold', 'limit'),
       leaf_hash = sha256(decode('00', 'hex') || convert_to(replace(body, 'threshold', 'limit'), 'UTF8')),
       chain_hash = audit.chain(prev_hash, sha256(decode('00', 'hex') || convert_to(replace(body, 'threshold', 'limit'), 'UTF8')), seq, recorded_at)`,
    1,
  ],
  ['an entry that is gone', 'delete from audit.entry', 2],
])('a record that was tampered with between an entry and its signature contradicts it: %s', (_what, sql, at) =>
  withStage(async ({ db, signer, append, covers, tamper }) => {
    const entries = await append(5);
    await signer.look(db);
    const [first] = entries;
    const changed = String(BigInt(first?.seq ?? 0) + BigInt(at));
    await tamper(`${sql} where seq = ${changed}`);
    expect(await covers(entries)).toEqual({ kind: 'contradicted', seq: changed });
    // The entries behind it are still those that were signed.
    expect(await covers(entries.slice(at + 1))).toMatchObject({ kind: 'covered' });
  }),
);

test('a history written anew with good hashes is not the one that was signed', () =>
  withStage(async ({ db, signer, append, covers, tamper }) => {
    const entries = await append(4);
    await signer.look(db);
    const second = entries[1]?.seq ?? '';
    await tamper(`do $$ declare e record; p bytea; begin
      select prev_hash into p from audit.entry where seq = ${second};
      for e in select * from audit.entry where seq >= ${second} order by seq loop
        update audit.entry set body = replace(body, '"outcome":"reviewed"', '"outcome":"rejected"') where seq = e.seq;
        update audit.entry set leaf_hash = sha256(decode('00', 'hex') || convert_to(body, 'UTF8')), prev_hash = p where seq = e.seq;
        update audit.entry set chain_hash = audit.chain(p, leaf_hash, seq, recorded_at) where seq = e.seq;
        select chain_hash into p from audit.entry where seq = e.seq;
      end loop; end $$`);
    expect(await covers(entries)).toEqual({ kind: 'contradicted', seq: second });
    // Also for a reader who only knows the new history: its head is not the signed one.
    const { rows } = await readHashes(db);
    const asRead = entries.map((receipt) => ({ ...receipt, chainHash: rows.get(receipt.seq) ?? '' }));
    expect(await covers(asRead)).toEqual({ kind: 'contradicted', seq: entries[0]?.seq });
  }));

async function readHashes(db: Db): Promise<{ rows: Map<string, string> }> {
  const rows = await db.selectFrom('audit.entry').select(['seq', 'chain_hash']).execute();
  return { rows: new Map(rows.map(({ seq, chain_hash }) => [seq, chain_hash.toString('hex')])) };
}

test('an older entry stands under its own signature: what was changed after that is found', () =>
  withStage(async ({ db, signer, append, covers, tamper }) => {
    const [early] = await append(3);
    await signer.look(db);
    const late = await append(2);
    await signer.look(db);
    if (early === undefined) throw new Error('nothing was appended');
    await tamper(`update audit.entry set body = replace(body, 'threshold', 'limit') where seq = ${early.seq}`);
    expect(await covers(late)).toMatchObject({ kind: 'covered' });
    expect(await covers([early, ...late])).toEqual({ kind: 'contradicted', seq: early.seq });
  }));
