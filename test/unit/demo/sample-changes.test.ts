import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import { writeNodeTest } from '../../../src/demo/scripted-node-test.ts';
import { reviewByScript } from '../../../src/demo/scripted-review.ts';
import { TestInput } from '../../../src/demo/test-input.ts';
import { packageRoot } from '../../../src/package-root.ts';

const SERVICE = join(packageRoot, 'examples/sample-service');
const CHANGES = join(packageRoot, 'examples/sample-service-changes');
const change = { pr_number: 1, head_sha: 'e'.repeat(40) };
const filled = new Map([
  ['{{ACCESS_KEY_ID}}', `AK${'IA'}QWERTYUIOPASDFGH`],
  ['{{SECRET_KEY}}', 'wJalr9XUtn2FEMIk7MDENGbPx'],
]);

function read(path: string): string {
  try {
    return [...filled].reduce((text, [mark, value]) => text.replaceAll(mark, value), readFileSync(path, 'utf8'));
  } catch {
    return '';
  }
}

function review(name: string) {
  const directory = join(CHANGES, name);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const patches = files.map((entry) => {
    const path = relative(directory, join(entry.parentPath, entry.name));
    return createTwoFilesPatch(`a/${path}`, `b/${path}`, read(join(SERVICE, path)), read(join(directory, path)));
  });
  return reviewByScript({ task: 'review', change, diff: patches.join('') }).findings.map(
    ({ severity, category, quote }) => `${severity} ${category}: ${quote}`,
  );
}

describe('the scripted model on the sample changes', () => {
  it('sees only missing tests in the bulk discount', () => {
    expect(review('1-bulk-discount')).toEqual([
      'low coverage: export function discountPercent(quantity) {',
      'low coverage: export function discountedCents(priceCents, quantity) {',
      "low coverage: 'GET /discount': answerDiscount,",
    ]);
  });

  it('sees nothing in the cache that breaks under traffic', () => {
    expect(review('2-remember-items')).toEqual([]);
  });

  it('sees nothing in the migration: that is for the rules', () => {
    expect(review('3-item-stock')).toEqual([]);
  });

  it('sees both keys and the route that is gone', () => {
    const findings = review('4-invoice-archive');
    expect(findings.filter((text) => text.startsWith('critical security'))).toHaveLength(2);
    expect(findings.filter((text) => text.startsWith('high breaking'))).toEqual([
      expect.stringContaining("'GET /version'"),
    ]);
  });

  it('tests the documented examples of the discount', () => {
    const path = 'src/discounts.js';
    const input = TestInput.parse({
      task: 'test-gen',
      change,
      language: 'javascript',
      test_file: 'test/generated/pr-1.test.js',
      gaps: [
        { path, quote: 'export function discountPercent(quantity) {' },
        { path, quote: 'export function discountedCents(priceCents, quantity) {' },
      ],
      sources: [{ path, text: read(join(CHANGES, '1-bulk-discount', path)) }],
      existing_tests: [],
      previous: null,
    });
    const { targets, edge_cases, test_code } = writeNodeTest(input);
    expect(targets).toEqual(['discountPercent', 'discountedCents']);
    expect(edge_cases).toHaveLength(5);
    expect(test_code).toContain(`from './discounts.js'`);
  });
});
