import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { describe, expect, it } from 'vitest';
import { demoChanges, readTree, sampleServiceDirectory } from '../../../src/demo/demo-changes.ts';

const base = readTree(sampleServiceDirectory);
const filesOf = (key: string) => demoChanges.find((change) => change.key === key)?.files() ?? {};

async function findSecrets(content: string): Promise<number> {
  const result = await lintSource({
    source: { content, filePath: 'x.js', contentType: 'text' },
    options: { config: { rules: [{ id: 'preset', rule: creator }] }, noPhysicFilePath: true },
  });
  return result.messages.length;
}

describe('the changes of the demo', () => {
  it('differ from the sample service in every file they hold', () => {
    for (const change of demoChanges) {
      const files = Object.entries(change.files());
      expect(files.length).toBeGreaterThan(0);
      for (const [path, text] of files) expect(text, `${change.key}: ${path}`).not.toBe(base[path]);
    }
  });

  it('1 brings documented functions and a route, and no test', () => {
    const files = filesOf('good');
    expect(files['src/discounts.js']).toContain('@example discountPercent(10) // => 5');
    expect(files['src/routes/quotes.js']).toContain("'GET /discount'");
    expect(Object.keys(files).filter((path) => path.startsWith('test/'))).toEqual([]);
  });

  it('1 and 3, and 1 and 2, touch no file in common', () => {
    const paths = (key: string) => Object.keys(filesOf(key));
    for (const other of ['migration', 'breaks_in_production']) {
      expect(paths('good').filter((path) => paths(other).includes(path))).toEqual([]);
    }
  });

  it('3 is a migration with code and a test', () => {
    expect(Object.keys(filesOf('migration')).toSorted()).toEqual([
      'migrations/002_item_stock.sql',
      'src/catalog.js',
      'src/routes/items.js',
      'src/stock.js',
      'test/stock.test.js',
    ]);
  });

  it('4 leaks credentials that a scanner finds, and takes a public route away', async () => {
    const files = filesOf('leak');
    expect(files['src/invoice-archive.js']).not.toContain('{{');
    expect(await findSecrets(files['src/invoice-archive.js'] ?? '')).toBeGreaterThan(0);
    expect(base['src/routes/system.js']).toContain("'GET /version'");
    expect(files['src/routes/system.js']).not.toContain('/version');
  });

  it('keep no text in the shape of a credential in this repository', async () => {
    const stored = readTree(`${sampleServiceDirectory}-changes`);
    for (const text of Object.values(stored)) expect(await findSecrets(text)).toBe(0);
  });
});
