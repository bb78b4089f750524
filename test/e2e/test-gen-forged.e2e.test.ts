import { describe, expect, it } from 'vitest';
import { Service } from '../../src/config/schema.ts';
import { digestOf } from '../../src/ids.ts';
import { makeSandbox } from '../../src/sandbox/make-sandbox.ts';
import type { Run } from '../../src/store/tables.ts';
import { generatedTestPath } from '../../src/workers/test-gen/generated-test.ts';
import { runGeneratedTest } from '../../src/workers/test-gen/run-generated-test.ts';
import { steeringFiles } from '../../src/workers/test-gen/steering-files.ts';
import { FORGED_RUNS, type ForgedRun } from '../support/forged-runs.ts';
import { makeMemoryRecord } from '../support/memory-record.ts';
import { withSandboxGround } from '../support/sandbox.ts';

const PYTEST = {
  command: ['python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--junitxml=report.xml', '{file}'],
  directory: 'tests',
  pattern: 'tests/test_*.py',
  report: 'junit',
  report_file: 'report.xml',
} as const;
const NODE = { directory: 'test', pattern: 'test/*.test.js', report: 'tap' } as const;

const SETTINGS = {
  node: { ...NODE, command: ['node', '--test', '--test-reporter=tap', '{file}'] },
  /** A runner in whose process the code is loaded, and whose report is what stands on its stdout. */
  'node-assert': { ...NODE, command: ['node', 'test/run.js', '{file}'] },
  pytest: PYTEST,
  unittest: PYTEST,
} as const;

const RUN_JS = `const tests = [];
globalThis.test = (name, run) => tests.push([name, run]);
await import('../' + process.argv[2]);
console.log('TAP version 13');
let failed = 0;
for (const [at, [name, run]] of tests.entries()) {
  try {
    run();
    console.log('ok ' + (at + 1) + ' - ' + name);
  } catch {
    failed += 1;
    console.log('not ok ' + (at + 1) + ' - ' + name);
  }
}
console.log('1..' + tests.length);
process.exitCode = failed > 0 ? 1 : 0;
`;

const IMPORTS_JS = "import assert from 'node:assert/strict';\nimport { total } from '../src/cart.js';\n";
const TEST_JS =
  "test('adds', () => {\n  assert.equal(total([1, 2]), 3);\n});\ntest('empty', () => {\n  assert.equal(total([]), 0);\n});\n";
const CODE = {
  node: `import test from 'node:test';\n${IMPORTS_JS}${TEST_JS}`,
  'node-assert': `${IMPORTS_JS}${TEST_JS}`,
  pytest:
    'from cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n\n\ndef test_empty():\n    assert total([]) == 0\n',
  unittest:
    'import unittest\n\nfrom cart import total\n\n\nclass TestCart(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n',
} as const;

/** What the target branch holds already. */
const BASE = {
  node: { 'package.json': '{ "type": "module" }\n' },
  'node-assert': { 'package.json': '{ "type": "module" }\n', 'test/run.js': RUN_JS },
  pytest: { 'conftest.py': '', 'tests/__init__.py': '' },
  unittest: { 'conftest.py': '', 'tests/__init__.py': '' },
} as const;

async function becomes({ of, files }: ForgedRun): Promise<string> {
  let end = '';
  await withSandboxGround({ ...BASE[of], ...files }, async (ground) => {
    const sandbox = makeSandbox(ground.options);
    try {
      const service = Service.parse({
        repository: 'https://git.example.com/acme/shop.git',
        repo: 'acme/shop',
        delivery: { kind: 'local', command: ['node', 'server.js'] },
        tests: { ...SETTINGS[of], command: [...SETTINGS[of].command] },
      });
      const { tests } = service;
      if (tests === undefined) throw new Error('the service has tests');
      const sha = 'a'.repeat(40);
      const { verdict, why } = await runGeneratedTest(
        {
          kind: 'entered',
          run: { merge_sha: sha, target_sha: sha } as Run,
          record: makeMemoryRecord(),
          holding: (lease) => ({ lease, now: () => 0, confirm: async () => {} }),
          service: { ...service, name: 'shop', limits: {} as never },
        },
        'merge',
        {
          sandbox,
          repository: { materialise: () => Promise.resolve({ digest: digestOf('tree'), directory: ground.tree }) },
          tests,
          collectFirst: false,
          file: generatedTestPath(tests, 1, 0),
          code: CODE[of],
          n: 0,
          signal: new AbortController().signal,
        },
      );
      const isSteered = verdict === 'green' && steeringFiles(Object.keys(files), tests).length > 0;
      end = isSteered ? 'steered' : verdict === 'red' ? `red: ${why}` : verdict;
    } finally {
      await sandbox.close();
    }
  });
  return end;
}

describe('a pull request that brings', () => {
  it.each(FORGED_RUNS)('$name: $becomes', async (forged) => {
    expect(await becomes(forged)).toBe(forged.becomes);
  });
});
