import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntryDraft } from '../../src/audit/audit-log.ts';
import { EntryRefused } from '../../src/audit/entry-refused.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { SlipwayFile } from '../../src/config/schema.ts';
import { StoreDown } from '../../src/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import { makeDraft, makeRunFacts, openLog, PATIENT } from '../support/record.ts';
import { makeDatabase, type TestDatabase } from '../support/stores.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

let database: TestDatabase;
let log: ReturnType<typeof openLog>;
beforeAll(async () => {
  database = await makeDatabase();
  log = openLog(database.appUrl, { limitsMs: PATIENT });
});
afterAll(async () => {
  await log.close();
  await database.drop();
});

/** The entry of a poisoned draft, or the entry that tells why it was refused. */
async function appendOrRecordRefusal(author: string, over: Partial<EntryDraft>) {
  const run = makeRunFacts({ author });
  try {
    return await log.audit.append(run, makeDraft(run.id, over));
  } catch (error) {
    if (!(error instanceof EntryRefused)) throw error;
    const clean = makeRunFacts();
    return await log.audit.append(clean, makeDraft(clean.id, { event: 'decision_refused', rationale: error.message }));
  }
}

function nest(depth: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 0; level < depth; level += 1) value = { value };
  return value;
}

test.each<[string, Partial<EntryDraft>, 'review_evaluation' | 'decision_refused']>([
  ['NUL in the rationale', { rationale: 'a\u0000b' }, 'review_evaluation'],
  ['NUL deep in the payload', { payload: { a: [{ '\u0000': '\u0000' }] } }, 'review_evaluation'],
  ['a lone surrogate', { rationale: '\ud800', payload: { '\udfff': '\ud800' } }, 'review_evaluation'],
  ['a rationale of one megabyte', { rationale: 'é'.repeat(1_000_000) }, 'review_evaluation'],
  ['a payload of one megabyte', { payload: { diff: '\u0001'.repeat(1_000_000) } }, 'review_evaluation'],
  ['a payload of nine megabytes', { payload: { diff: 'x'.repeat(9_000_000) } }, 'decision_refused'],
  ['a payload nested 40 deep', { payload: nest(40) }, 'review_evaluation'],
  ['a payload nested 50 000 deep', { payload: nest(50_000) }, 'decision_refused'],
  ['what JSON cannot say', { payload: { n: Number.NaN } }, 'decision_refused'],
  ['an escape sequence in an identifier', { actor: { kind: 'agent', id: '\u001b[2J' } }, 'decision_refused'],
])('threat 20: %s does not stop the log', async (_, over, event) => {
  const { entry, dup } = await appendOrRecordRefusal('ada', over);
  expect({ event: entry.event, dup }).toEqual({ event, dup: false });
});

test('threat 20: any input yields a record or a refusal that is itself recorded, and the log stays whole', async () => {
  const poison = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 60 }),
    fc.constantFrom('\u0000', '\ud800', '\\u0000', '"', '\\', '\u2028', '__proto__', 'constructor', 'entry_id'),
  );
  const payload = fc.dictionary(poison, fc.oneof(poison, fc.array(poison), fc.double(), fc.constant(undefined)), {
    maxKeys: 4,
  });
  await fc.assert(
    fc.asyncProperty(poison, poison, poison, payload, async (author, rationale, outcome, value) => {
      const { dup } = await appendOrRecordRefusal(author, { rationale, outcome, payload: value });
      expect(dup).toBe(false);
    }),
    { numRuns: 150 },
  );
  expect((await verifyLog(log.db)).problems).toEqual([]);
});

test('threat 25: nothing in the code or the configuration can pause, skip or buffer the audit log', async () => {
  const files = await readdir(join(packageRoot, 'src'), { recursive: true });
  const sources = files.filter((file) => /\.tsx?$/.test(file)).map((file) => join(packageRoot, 'src', file));
  expect(sources.length).toBeGreaterThan(20);
  const switches =
    /(pause|skip|disable|bypass|suspend|mute|buffer|without|no)[_-]?audit|audit[_-]?(enabled|disabled|off|paused|optional|buffer)/i;
  const found: string[] = [];
  for (const file of sources) if (switches.test(await readFile(file, 'utf8'))) found.push(file);
  expect(found).toEqual([]);
  for (const audit of [{ enabled: false }, { pause: true }, { storage: 'none' }, { storage: false }]) {
    expect(SlipwayFile.safeParse({ audit }).success).toBe(false);
  }
});

test('threat 25: with the store down nothing is appended, and the caller is told so', async () => {
  const gone = new URL(database.appUrl);
  const proxy = await startTcpProxy({ host: gone.hostname, port: Number(gone.port) });
  gone.hostname = '127.0.0.1';
  gone.port = String(proxy.port);
  await proxy.close();
  const cut = openLog(gone.href);
  const run = makeRunFacts();
  try {
    await expect(cut.audit.append(run, makeDraft(run.id))).rejects.toBeInstanceOf(StoreDown);
    await expect(cut.audit.find(makeDraft(run.id))).rejects.toBeInstanceOf(StoreDown);
  } finally {
    await cut.close();
  }
  expect(cut.lines).toEqual([]);
  expect(await log.audit.list(run.id)).toEqual([]);
});

test('threat 25: an append whose answer is lost is no permission to act, and the same append settles it', async () => {
  const url = new URL(database.appUrl);
  const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const shaky = openLog(url.href, { limitsMs: { query: 300 } });
  const run = makeRunFacts();
  try {
    await shaky.audit.append(run, makeDraft(run.id, { n: 1 }));
    proxy.muteAnswers();
    await expect(shaky.audit.append(run, makeDraft(run.id, { n: 2 }))).rejects.toThrow(
      '[STORE_DOWN] postgres is out of reach',
    );
    expect(shaky.lines).toHaveLength(1);
    proxy.unmute();
    const settled = await shaky.audit.append(run, makeDraft(run.id, { n: 2, outcome: 'another opinion' }));
    expect(settled).toMatchObject({ dup: true, entry: { n: 2, outcome: 'reviewed' } });
    expect(shaky.lines.map((line) => line['n'])).toEqual([1, 2]);
    await shaky.audit.append(run, makeDraft(run.id, { n: 2 }));
    expect(shaky.lines).toHaveLength(2);
    expect(await log.audit.list(run.id)).toHaveLength(2);
  } finally {
    await shaky.close();
    await proxy.close();
  }
});
