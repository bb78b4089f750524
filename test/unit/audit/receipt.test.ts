import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Receipt } from '../../../src/audit/audit-log.ts';
import { makeReceipt } from '../../../src/audit/receipt.ts';
import { packageRoot } from '../../../src/package-root.ts';

function actOn(receipt: Receipt): string {
  return receipt.seq;
}

test('threat 25: who has nothing on the record has nothing to show', () => {
  expect(actOn(makeReceipt('1', 'aa'))).toBe('1');
  // @ts-expect-error a receipt cannot be written down, only be given by the log
  expect(actOn({ seq: '1', chainHash: 'aa' })).toBe('1');
});

test('threat 25: receipts are made in one place, for the audit room alone', async () => {
  const root = join(packageRoot, 'src');
  const files = (await readdir(root, { recursive: true })).filter((file) => /\.tsx?$/.test(file));
  const makers: string[] = [];
  for (const file of files) {
    if (/as (unknown as )?Receipt\b|makeReceipt/.test(await readFile(join(root, file), 'utf8'))) makers.push(file);
  }
  // Who appends, who reads, and who kept one while the record was away.
  expect(makers.toSorted()).toEqual([
    'audit/make-audit-log.ts',
    'audit/read-entries.ts',
    'audit/receipt.ts',
    'audit/stored-receipt.ts',
  ]);
});
