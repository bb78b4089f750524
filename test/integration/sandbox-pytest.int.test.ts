import { describe, expect, it } from 'vitest';
import { collectReport } from '../../src/sandbox/collect-report.ts';
import { judgeTestRun, type TestVerdict } from '../../src/sandbox/judge-test-run.ts';
import { makeSandbox } from '../../src/sandbox/make-sandbox.ts';
import { fakeReceipt, requestOf, withSandboxGround } from '../support/sandbox.ts';

const TESTS = { report: 'junit', report_file: 'report.xml' } as const;
const TEST_FILE = 'tests/test_total.py';
const COMMAND = ['python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--junitxml=report.xml', TEST_FILE];
const TREE = {
  'cart.py': 'def total(prices, discount=0):\n    return round(sum(prices) * (100 - discount) / 100, 2)\n',
  'conftest.py': '',
  'tests/__init__.py': '',
  'tests/test_old.py': 'from cart import total\n\n\ndef test_empty():\n    assert total([]) == 0\n',
};

/** Stands for the model: it knows the function and guesses; told what pytest said, it takes the value that came out. */
function generateTest(failure: string | null): string {
  const expected = /assert ([\d.]+) == [\d.]+/.exec(failure ?? '')?.[1] ?? '30';
  return `from cart import total\n\n\ndef test_discount():\n    assert total([10, 20], discount=10) == ${expected}\n`;
}

describe('pytest in the sandbox', () => {
  it('generates, fails, retries with the failure output, and passes', async () => {
    await withSandboxGround(TREE, async (ground) => {
      const sandbox = makeSandbox(ground.options);
      const attempt = async (failure: string | null): Promise<TestVerdict> => {
        const request = requestOf(ground.tree, COMMAND, {
          files: [{ path: TEST_FILE, content: generateTest(failure) }],
          reportFile: TESTS.report_file,
        });
        const result = await sandbox.run(fakeReceipt(), request, new AbortController().signal);
        const { parsed, problem } = collectReport(result, TESTS);
        return judgeTestRun(result, parsed, { testFile: TEST_FILE, onlyThatFile: true, reportProblem: problem });
      };
      try {
        const first = await attempt(null);
        expect(first).toMatchObject({ kind: 'red', why: 'tests_failed' });
        const failure = first.kind === 'red' ? first.output : '';
        expect(failure).toContain('FAILED test_discount');
        expect(failure).toContain('assert 27.0 == 30');
        expect(failure).not.toContain(ground.directory);

        const second = await attempt(failure);
        expect(second).toEqual({ kind: 'green', report: { total: 1, passed: 1, failed: 0, skipped: 0, failures: [] } });
      } finally {
        await sandbox.close();
      }
    });
  });

  it.each([
    ['does not load', 'import nowhere\n', 'tests_failed'],
    ['exits while it is loaded', 'import os\nos._exit(0)\n', 'no_report'],
    ['skips everything', 'import pytest\n\n\n@pytest.mark.skip\ndef test_x():\n    pass\n', 'only_skipped'],
    ['has no test', 'x = 1\n', 'no_tests'],
    [
      'has a broken fixture',
      'import pytest\n\n\n@pytest.fixture\ndef f():\n    raise RuntimeError\n\n\ndef test_x(f):\n    pass\n',
      'tests_failed',
    ],
  ])('is red for a test that %s', async (_what, code, why) => {
    await withSandboxGround(TREE, async (ground) => {
      const sandbox = makeSandbox(ground.options);
      try {
        const request = requestOf(ground.tree, COMMAND, {
          files: [{ path: TEST_FILE, content: code }],
          reportFile: TESTS.report_file,
        });
        const result = await sandbox.run(fakeReceipt(), request, new AbortController().signal);
        const { parsed, problem } = collectReport(result, TESTS);
        expect(
          judgeTestRun(result, parsed, { testFile: TEST_FILE, onlyThatFile: true, reportProblem: problem }),
        ).toMatchObject({ kind: 'red', why });
      } finally {
        await sandbox.close();
      }
    });
  });
});
