import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogRow } from '../../../src/audit/chain.ts';
import { exportLog, verifyExport } from '../../../src/audit/export.ts';
import { build, chainRows, makeRunFacts } from '../../support/record.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-export-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

const run = makeRunFacts();
const bodies = [0, 1, 2].map(
  (n) => build(run, { event: 'canary_tick', n, rationale: `tick ${n} a\u2028b\u2029c` }).body,
);

async function* from(rows: readonly LogRow[]): AsyncGenerator<LogRow> {
  yield* rows;
}

async function exportLines(rows = chainRows(bodies)): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLog(from(rows), () => new Date('2026-11-23T13:00:00Z'))) lines.push(line);
  return lines;
}

async function check(name: string, text: string) {
  const file = join(directory, name);
  await writeFile(file, text);
  return await verifyExport(file);
}

test('an export verifies without a database, line separators in its text and all', async () => {
  const lines = await exportLines();
  expect(lines).toHaveLength(4);
  const result = await check('good.jsonl', lines.join(''));
  expect(result).toMatchObject({ ok: true, entries: 3, head: { seq: '2' }, problems: [] });
});

test('a file that is not there is bad input, not a record that does not hold', async () => {
  await expect(verifyExport(join(directory, 'nowhere.jsonl'))).rejects.toThrow(
    /--file: .*nowhere\.jsonl cannot be read \(ENOENT\)/,
  );
  await expect(verifyExport(directory)).rejects.toThrow(/--file: .* is no file/);
});

test('an empty log is exported and verified', async () => {
  const result = await check('empty.jsonl', (await exportLines([])).join(''));
  expect(result).toMatchObject({ ok: true, entries: 0, head: null, problems: [] });
});

test.each<[string, (lines: string[]) => string[], string]>([
  ['without its manifest', (lines) => lines.slice(0, 3), 'the file has no manifest: its end is missing'],
  ['with a line taken out at the end', (lines) => lines.toSpliced(2, 1), 'holds 2 entries, its manifest says 3'],
  [
    'with a changed byte',
    (lines) => lines.map((line) => line.replace('tick 1', 'tick 7')),
    'its lines are not those its manifest was made of',
  ],
  ['with something after the manifest', (lines) => [...lines, '{}\n'], 'line 5: stands after the manifest'],
  ['with a line that is no entry', (lines) => ['nonsense\n', ...lines], 'line 1: is neither an entry nor a manifest'],
  [
    'with an endless line',
    (lines) => [`${'x'.repeat(3_000_000)}\n`, ...lines],
    'line 1: is neither an entry nor a manifest',
  ],
])('a file %s is refused', async (name, change, detail) => {
  const result = await check(`${name}.jsonl`, change(await exportLines()).join(''));
  expect(result.ok).toBe(false);
  expect(result.problems.filter(({ kind }) => kind === 'export').map((problem) => problem.detail)).toContain(detail);
});

test('an entry changed in an export is found in its place', async () => {
  const lines = (await exportLines()).map((line) => line.replace('tick 1', 'tick 7'));
  const { problems } = await check('changed.jsonl', lines.join(''));
  expect(problems.filter(({ kind }) => kind === 'leaf_hash').map(({ seq }) => seq)).toEqual(['1']);
});

test('a time of recording that is none is exported so that the check refuses it', async () => {
  const rows = chainRows(bodies).map((row) => ({ ...row, recordedAt: new Date(Number.NaN) }));
  const { ok, problems } = await check('no-time.jsonl', (await exportLines(rows)).join(''));
  expect(ok).toBe(false);
  expect(problems.map(({ detail }) => detail)).toContain('line 1: is neither an entry nor a manifest');
});
