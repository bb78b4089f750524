import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../src/package-root.ts';

const faults = readFileSync(join(packageRoot, 'docs/faults.md'), 'utf8');
const SHORT = { e2e: 'test/e2e/faults.e2e.test.ts', 'npm run test:chaos': 'test/chaos/main.ts' };

it('every row of the table of faults names where it is proved, and that is there', () => {
  const rows = faults
    .split('\n')
    .filter((line) => /^\| (\d+)? ?\|/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| ?|\|$/g, '').trim()))
    .filter((cells) => cells.length === 4);
  expect(rows.length).toBeGreaterThan(37);
  const flaws = rows.flatMap(([number = '', fault = '', , proof = '']) => {
    const named = [...proof.matchAll(/`(test\/[\w./-]+)`/g)].map((match) => match[1] ?? '');
    const short = Object.entries(SHORT).flatMap(([name, path]) => (proof.includes(name) ? [path] : []));
    const lost = [...named, ...short].filter((path) => !existsSync(join(packageRoot, path)));
    const where = `${number} ${fault}`;
    if (named.length + short.length === 0) return [`${where}: names none`];
    return lost.map((path) => `${where}: there is no ${path}`);
  });
  expect(flaws).toEqual([]);
});

it('a test that is named by its words is called so', () => {
  const named = [...faults.matchAll(/`(test\/[\w./-]+)`, “([^”]+)”/g)];
  expect(named.length).toBeGreaterThan(2);
  const lost = named.filter(
    ([, path = '', words = '']) => !readFileSync(join(packageRoot, path), 'utf8').includes(words),
  );
  expect(lost.map(([text]) => text)).toEqual([]);
});
