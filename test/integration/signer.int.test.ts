import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../../src/audit/checkpoint.ts';
import { exportLog } from '../../src/audit/export.ts';
import { makeLogger } from '../../src/log.ts';
import { makeFleetMetrics } from '../../src/metrics/fleet-metrics.ts';
import { openCheckpointPlace } from '../../src/signer/checkpoint-place.ts';
import { makeSigner, type Signer } from '../../src/signer/make-signer.ts';
import { makeSignerMetrics } from '../../src/signer/signer-metrics.ts';
import { makeSigningKey, readSigningKey, type SigningKey } from '../../src/signer/signing-key.ts';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/fleet-process.ts';
import { makeDraft, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
import { runSlipway } from '../support/run-slipway.ts';
import { type TestDatabase, withDatabase } from '../support/stores.ts';

const log = makeLogger({ level: 'silent', name: 'test' });

interface Stage {
  readonly directory: string;
  readonly database: TestDatabase;
  readonly record: ReturnType<typeof openLog>;
  readonly keyFile: string;
  readonly key: SigningKey;
  readonly vkey: string;
  /** More entries. */
  readonly append: (count: number) => Promise<void>;
  /** A signer with a memory of its own; `places` are directories beside it. */
  readonly signer: (memory?: string, places?: string[]) => Signer & { metric(name: string): Promise<number | null> };
  /** What the owner of the database can do in the end. */
  readonly tamper: (sql: string) => Promise<void>;
  readonly latest: (place?: string) => bigint | null;
  readonly rows: () => Promise<string[]>;
}

async function withStage(use: (stage: Stage) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-signer-'));
  try {
    await withDatabase(async (database) => {
      const record = openLog(database.appUrl, { limitsMs: PATIENT });
      const admin = new pg.Client(database.adminUrl);
      await admin.connect();
      try {
        await use(makeStage(directory, database, record, admin));
      } finally {
        await admin.end();
        await record.close();
      }
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function makeStage(directory: string, database: TestDatabase, record: Stage['record'], admin: pg.Client): Stage {
  const keyFile = join(directory, 'signer.key');
  const vkey = makeSigningKey(keyFile, 'test.example.com/audit');
  const key = readSigningKey(keyFile);
  const place = (name: string) => openCheckpointPlace(join(directory, name), key.verification);
  let n = 0;
  let clock = 0;
  return {
    directory,
    database,
    record,
    keyFile,
    key,
    vkey,
    async append(count) {
      const run = makeRunFacts();
      for (let i = 0; i < count; i++)
        await record.audit.append(run, makeDraft(run.id, { event: 'canary_tick', n: n++ }));
    },
    signer(memory = 'memory', places = ['published']) {
      const metrics = makeSignerMetrics();
      const signer = makeSigner({
        db: record.db,
        key,
        memory: place(memory),
        places: places.map(place),
        metrics,
        log,
        now: () => new Date('2026-11-27T12:00:00Z'),
        // Each look comes when a signature is due.
        clock: () => (clock += 60_000),
      });
      const metric = async (name: string) => {
        const line = (await metrics.text()).split('\n').find((text) => text.startsWith(`slipway_signer_${name} `));
        return line === undefined ? null : Number(line.split(' ')[1]);
      };
      return { ...signer, metric };
    },
    async tamper(statement) {
      await admin.query(`alter event trigger slipway_audit_no_ddl disable;
        alter event trigger slipway_audit_no_drop disable; alter table audit.entry disable trigger all;
        alter table audit.checkpoint disable trigger all;
        alter table audit.entry drop constraint if exists entry_leaf;
        alter table audit.entry drop constraint if exists entry_chain`);
      await admin.query(statement);
    },
    latest: (name = 'published') => place(name).latest()?.size ?? null,
    async rows() {
      const rows = await record.db.selectFrom('audit.checkpoint').select('size').orderBy('size').execute();
      return rows.map((row) => row.size);
    },
  };
}

test('row 27: heads are signed as the record grows, kept in memory, in every place and in the database', () =>
  withStage(async ({ append, signer, latest, rows, record, key, directory }) => {
    const first = signer('memory', ['published', 'elsewhere']);
    await append(3);
    await first.look();
    await first.look();
    const size = BigInt((await rows())[0] ?? 0);
    expect([latest('memory'), latest('published'), latest('elsewhere')]).toEqual([size, size, size]);
    expect(await rows()).toEqual([String(size)]);
    await append(2);
    await first.look();
    expect([latest('elsewhere'), await rows()]).toEqual([size + 2n, [String(size), String(size + 2n)]]);
    const row = await record.db
      .selectFrom('audit.checkpoint')
      .select('note')
      .orderBy('size', 'desc')
      .executeTakeFirst();
    const file = join(directory, 'published', `${key.verification.id}-latest.checkpoint`);
    expect(readFileSync(file, 'utf8')).toBe(row?.note);
    expect(readdirSync(join(directory, 'published')).toSorted()).toEqual([
      `${key.verification.id}-2026-11-27.checkpoint`,
      `${key.verification.id}-latest.checkpoint`,
    ]);
    expect([first.doubts(), await first.metric('ok'), await first.metric('tampered')]).toEqual([[], 1, 0]);
    expect(await first.metric('signed_entries')).toBe(Number(size + 2n));
  }));

test.each<[string, string, RegExp]>([
  ['lost its end', 'delete from audit.entry where seq >= 1', /the log shrank/],
  [
    'was written anew, all hashes right',
    `do $$ declare e record; p bytea; begin
       select prev_hash into p from audit.entry where seq = 2;
       for e in select * from audit.entry where seq >= 2 order by seq loop
         update audit.entry set body = replace(body, '"outcome":"reviewed"', '"outcome":"rejected"') where seq = e.seq;
         update audit.entry set leaf_hash = sha256(decode('00', 'hex') || convert_to(body, 'UTF8')), prev_hash = p where seq = e.seq;
         update audit.entry set chain_hash = audit.chain(p, leaf_hash, seq, recorded_at) where seq = e.seq;
         select chain_hash into p from audit.entry where seq = e.seq;
       end loop; end $$`,
    /the log was rewritten/,
  ],
])('row 27: a log that %s is never signed again, by this signer or by one that lost its memory', (_what, sql, why) =>
  withStage(async ({ append, signer, tamper, latest, rows }) => {
    const one = signer();
    await append(4);
    await one.look();
    const before = [latest(), await rows()];
    await tamper(sql);
    await append(3);
    for (const each of [one, signer('lost'), signer('lost too', [])]) {
      await each.look();
      expect(each.doubts().join()).toMatch(why);
      expect([await each.metric('tampered'), await each.metric('ok')]).toEqual([1, 0]);
    }
    expect([latest(), await rows()]).toEqual(before);
  }),
);

test('row 27: entries after the last signature are followed text by text, whatever their hashes say', () =>
  withStage(async ({ append, signer, tamper }) => {
    const one = signer();
    await append(2);
    await one.look();
    await append(3);
    await tamper(`update audit.entry set body = replace(body, 'threshold', 'limit')
      where seq = (select max(seq) - 1 from audit.entry)`);
    await one.look();
    expect(one.doubts().join()).toMatch(/entry \d+ does not follow from what was signed before it/);
  }));

test('row 27: what stands in place of a checkpoint and is not signed with the key is an alarm', () =>
  withStage(async ({ append, signer, tamper, directory, key }) => {
    const one = signer();
    await append(2);
    await one.look();
    const file = join(directory, 'published', `${key.verification.id}-latest.checkpoint`);
    const note = readFileSync(file, 'utf8');
    // The hash's first digit: any text has one, and each of its bits counts.
    writeFileSync(
      file,
      note.replace(/^(.*\n.*\n)(.)/, (_, before, digit) => before + (digit === 'A' ? 'B' : 'A')),
    );
    await append(1);
    await one.look();
    expect(one.doubts().join()).toMatch(/latest.checkpoint is not signed with this key/);
    writeFileSync(file, note);
    await one.look();
    expect(one.doubts()).toEqual([]);
    await tamper(`update audit.checkpoint set note = 'none'`);
    await one.look();
    expect(one.doubts().join()).toMatch(/in the database is not signed with this key/);
  }));

test('row 27: two signatures of one size over different heads are an alarm for whoever sees both', () =>
  withStage(async ({ append, signer, directory, key }) => {
    const one = signer();
    await append(2);
    await one.look();
    const mine = openCheckpointPlace(join(directory, 'memory'), key.verification).latest();
    if (mine === null) throw new Error('nothing was signed');
    const forked = signCheckpoint({ ...mine, chainHash: 'e'.repeat(64) }, key.verification, key.privateKey);
    writeFileSync(join(directory, 'published', `${key.verification.id}-latest.checkpoint`), forked);
    await append(1);
    await one.look();
    expect(one.doubts().join()).toMatch(new RegExp(`two different heads of ${mine.size} entries were signed`));
  }));

test('row 27: two signers at once sign one history', () =>
  withStage(async ({ append, signer, latest, rows, record, key }) => {
    const [one, two] = [signer('a', ['at a']), signer('b', ['at b'])];
    for (let round = 0; round < 5; round++) {
      await append(3);
      await Promise.all([one.look(), two.look()]);
    }
    await Promise.all([one.look(), two.look()]);
    expect([one.doubts(), two.doubts()]).toEqual([[], []]);
    expect(latest('at a')).toBe(latest('at b'));
    const notes = await record.db.selectFrom('audit.checkpoint').select(['size', 'note']).execute();
    expect(notes.map(({ note }) => String(openCheckpoint(note, key.verification)?.size))).toEqual(
      notes.map(({ size }) => size),
    );
    expect(await rows()).toContain(String(latest('at a')));
  }));

test('row 27: killed between memory and the rest, it keeps the same signature everywhere at its next start', () =>
  withStage(async ({ append, signer, latest, rows, directory, key }) => {
    await append(2);
    await signer('memory', []).look();
    // What a kill in the middle of a write leaves behind.
    writeFileSync(join(directory, 'memory', `${key.verification.id}-latest.checkpoint.next`), 'half of a chec');
    expect(latest('published')).toBeNull();
    const next = signer();
    await next.look();
    expect([next.doubts(), latest('published'), await rows()]).toEqual([
      [],
      latest('memory'),
      [String(latest('memory'))],
    ]);
  }));

test('row 27: a place that cannot be written is said, the others are kept, and it catches up', () =>
  withStage(async ({ append, signer, latest, directory, key }) => {
    const one = signer();
    await append(2);
    const blocked = join(directory, 'published', `${key.verification.id}-2026-11-27.checkpoint.next`);
    mkdirSync(blocked);
    await one.look();
    expect(one.doubts().join()).toMatch(/EISDIR/);
    expect([await one.metric('ok'), await one.metric('tampered')]).toEqual([0, 0]);
    rmSync(blocked, { recursive: true });
    await one.look();
    expect([one.doubts(), latest('published')]).toEqual([[], latest('memory')]);
  }));

test('row 27: without a signer appends go on, and the lag is shown until one is back', () =>
  withStage(async ({ append, signer, record }) => {
    const queues = { byName: {} } as unknown as Parameters<typeof makeFleetMetrics>[0]['queues'];
    const budgets = { run: {}, repository_day: {}, day: {} };
    const read = async (checkpoints: boolean) =>
      (await makeFleetMetrics({ db: record.db, queues, budgets, checkpoints, log }).text())
        .split('\n')
        .filter((line) => line.startsWith('slipway_checkpoint_lag'));
    const one = signer();
    await append(2);
    await one.look();
    expect(await read(true)).toEqual(['slipway_checkpoint_lag_entries 0', 'slipway_checkpoint_lag_seconds 0']);
    await append(3);
    const [entries, seconds] = await read(true);
    expect(entries).toBe('slipway_checkpoint_lag_entries 3');
    expect(Number(seconds?.split(' ')[1])).toBeGreaterThan(0);
    expect(await read(false)).toEqual([]);
    await one.look();
    expect((await read(true))[0]).toBe('slipway_checkpoint_lag_entries 0');
  }));

test('row 27: the application may neither change nor invent what is there', () =>
  withStage(async ({ append, signer, database, record }) => {
    await append(1);
    await signer().look();
    const app = new pg.Client(database.appUrl);
    await app.connect();
    try {
      for (const statement of [
        "insert into audit.checkpoint (key_id, size, note) values ('00000000', 1, 'x')",
        "update audit.checkpoint set note = 'x'",
        'delete from audit.checkpoint',
        'truncate audit.checkpoint',
      ])
        await expect(app.query(statement)).rejects.toThrow(/permission denied/);
      await expect(app.query("select audit.add_checkpoint(1000, '00000000', 'x')")).rejects.toThrow(/no entry 999/);
    } finally {
      await app.end();
    }
    expect((await record.db.selectFrom('audit.checkpoint').selectAll().execute()).length).toBe(1);
  }));

test('row 27: a key that is missing, open to others, no key or another’s is refused by name', () =>
  withStage(async ({ directory, keyFile }) => {
    expect(statSync(keyFile).mode & 0o777).toBe(0o400);
    expect(() => makeSigningKey(keyFile, 'test')).toThrow(/never written over/);
    expect(() => readSigningKey(join(directory, 'none'))).toThrow(/none cannot be read \(ENOENT\).*audit keygen/);
    chmodSync(keyFile, 0o440);
    expect(() => readSigningKey(keyFile)).toThrow(/may be read by others \(mode 440\) \(chmod 0400/);
    chmodSync(keyFile, 0o400);
    const other = join(directory, 'other.key');
    makeSigningKey(other, 'test.example.com/audit');
    chmodSync(`${other}.vkey`, 0o644);
    writeFileSync(`${other}.vkey`, readFileSync(`${keyFile}.vkey`));
    expect(() => readSigningKey(other)).toThrow(/not the verification key of/);
    chmodSync(other, 0o600);
    writeFileSync(other, 'no key');
    expect(() => readSigningKey(other)).toThrow(/no Ed25519 key/);
  }));

// Seven processes one after the other: the limit is for the slowest machine.
test(
  'row 27: the process signs, survives kill -9, and what it left proves the record, offline too',
  { timeout: 300_000 },
  () =>
    withStage(async ({ append, tamper, database, keyFile, vkey, directory, latest, key, record }) => {
      const env = { DATABASE_URL: database.appUrl, SLIPWAY_DATA_DIR: join(directory, 'data') };
      const args = ['--key', keyFile, '--publish', join(directory, 'published')];
      await append(3);
      const first = await startProcess('signer', args, env, { ready: '/healthz' });
      try {
        await eventually('a checkpoint', () => latest(), 60_000);
      } finally {
        await first.kill();
      }
      await append(2);
      const signed = latest() ?? 0n;
      const second = await startProcess('signer', args, env, { ready: '/healthz' });
      try {
        await eventually('a newer checkpoint', () => (latest() ?? 0n) > signed, 60_000);
      } finally {
        expect(await second.stop()).toBe(0);
      }
      const checkpoint = join(directory, 'published', `${key.verification.id}-latest.checkpoint`);
      const verify = (...more: string[]) => runSlipway(['audit', 'verify', ...more], env);
      expect(await verify('--checkpoint', checkpoint, '--vkey', vkey)).toMatchObject({ code: 0 });
      const file = join(directory, 'export.jsonl');
      const lines: string[] = [];
      for await (const line of exportLog(record.db, () => new Date())) lines.push(line);
      writeFileSync(file, lines.join(''));
      const offline = (...more: string[]) => runSlipway(['audit', 'verify', '--file', file, ...more], {});
      expect(await offline('--checkpoint', checkpoint, '--vkey', vkey)).toMatchObject({ code: 0 });

      const missing = await offline('--checkpoint', checkpoint);
      expect([missing.code, missing.said]).toEqual([2, expect.stringContaining('--vkey')]);
      const forged = join(directory, 'forged');
      writeFileSync(forged, readFileSync(checkpoint, 'utf8').replace(/\n\d+\n/, '\n2\n'));
      const refused = await offline('--checkpoint', forged, '--vkey', vkey);
      expect([refused.code, refused.said]).toEqual([2, expect.stringContaining('is not signed with this key')]);

      await tamper('delete from audit.entry where seq = (select max(seq) from audit.entry)');
      const cut = await verify('--checkpoint', checkpoint, '--vkey', vkey);
      expect([cut.code, cut.said]).toEqual([1, expect.stringContaining('head_missing')]);
    }),
);
