import { describe, expect, it } from 'vitest';
import {
  judgeTestRun,
  RED_REASONS,
  type RedReason,
  type TestExpectations,
} from '../../../src/sandbox/judge-test-run.ts';
import { type ParsedReport, parseReport } from '../../../src/sandbox/parse-report.ts';
import type { SandboxResult } from '../../../src/sandbox/sandbox.ts';

const EXPECTED: TestExpectations = { testFile: 'tests/test_cart.py', onlyThatFile: true };

function resultOf(over: Partial<SandboxResult> = {}): SandboxResult {
  return { end: 'exited', exit_code: 0, stdout: '', stderr: '', report: null, duration_ms: 5, ...over };
}

function junit(...cases: string[]): ParsedReport {
  return parseReport('junit', `<testsuite>${cases.join('')}</testsuite>`);
}

const PASS = '<testcase classname="tests.test_cart" name="a"/>';
const FAIL = '<testcase classname="tests.test_cart" name="b"><failure message="assert 3 == 4"/></testcase>';
const SKIP = '<testcase classname="tests.test_cart" name="c"><skipped/></testcase>';
const OTHER_SKIP = '<testcase classname="tests.test_old" name="c"><skipped/></testcase>';

describe('judgeTestRun', () => {
  it('is green when exit code, counts and file agree', () => {
    const verdict = judgeTestRun(resultOf(), junit(PASS, OTHER_SKIP), EXPECTED);
    expect(verdict).toMatchObject({ kind: 'green', report: { total: 2, passed: 1, skipped: 1 } });
  });

  const reds: [string, RedReason, SandboxResult, ParsedReport | null, TestExpectations][] = [
    ['the clock ran out', 'timed_out', resultOf({ end: 'timed_out', exit_code: null }), junit(PASS), EXPECTED],
    ['memory ran out', 'out_of_memory', resultOf({ end: 'out_of_memory', exit_code: null }), null, EXPECTED],
    ['it flooded', 'too_much_output', resultOf({ end: 'too_much_output', exit_code: null }), null, EXPECTED],
    ['it was killed', 'killed', resultOf({ end: 'killed', exit_code: null }), junit(PASS), EXPECTED],
    ['there is no report', 'no_report', resultOf(), null, EXPECTED],
    ['the report is broken', 'bad_report', resultOf(), null, { ...EXPECTED, reportProblem: 'report: no plan' }],
    ['no test ran', 'no_tests', resultOf(), junit(), EXPECTED],
    ['all were skipped', 'only_skipped', resultOf(), junit(SKIP), EXPECTED],
    [
      'all of the new file were skipped',
      'only_skipped',
      resultOf(),
      junit(SKIP, '<testcase classname="tests.test_old" name="z"/>'),
      EXPECTED,
    ],
    ['one of the new file was skipped', 'some_skipped', resultOf(), junit(PASS, SKIP), EXPECTED],
    [
      'a test was skipped that may be of the new file',
      'some_skipped',
      resultOf(),
      junit('<testcase name="a"/>', '<testcase name="b"><skipped/></testcase>'),
      EXPECTED,
    ],
    ['a test failed', 'tests_failed', resultOf({ exit_code: 1 }), junit(PASS, FAIL), EXPECTED],
    [
      'a test failed and the exit code hides it',
      'exit_disagrees',
      resultOf({ exit_code: 0 }),
      junit(PASS, FAIL),
      EXPECTED,
    ],
    ['all passed and the exit code says no', 'exit_disagrees', resultOf({ exit_code: 1 }), junit(PASS), EXPECTED],
    ['another file ran', 'file_not_run', resultOf(), junit('<testcase file="tests/test_old.py" name="z"/>'), EXPECTED],
    [
      'the report names no file and more than ours may have run',
      'file_not_run',
      resultOf(),
      junit('<testcase name="z"/>'),
      { ...EXPECTED, onlyThatFile: false },
    ],
    [
      'our file ended before a test while others passed',
      'file_not_run',
      resultOf(),
      parseReport('tap', 'TAP version 13\nok 1 - /job/test/new.test.js\nok 2 - other\n1..2\n'),
      { testFile: 'test/new.test.js', onlyThatFile: true },
    ],
    [
      'the file ended the process before a test, as Node 22 says it in TAP',
      'no_tests',
      resultOf(),
      parseReport('tap', 'TAP version 13\nok 1 - test/new.test.js\n1..1\n'),
      { testFile: 'test/new.test.js', onlyThatFile: true },
    ],
    [
      'the file ended the process before a test, as Node 24 says it in JUnit',
      'no_tests',
      resultOf(),
      junit('<testcase name="test/new.test.js" classname="test" file="/job/test/new.test.js"/>'),
      { testFile: 'test/new.test.js', onlyThatFile: true },
    ],
    [
      'the runner did not run it and says so in an attribute',
      'only_skipped',
      resultOf(),
      junit('<testcase classname="tests.test_cart" name="a" status="notrun" result="suppressed"/>'),
      EXPECTED,
    ],
    [
      'it passed only when repeated',
      'exit_disagrees',
      resultOf(),
      junit('<testcase classname="tests.test_cart" name="a"><flakyFailure message="1"/></testcase>'),
      EXPECTED,
    ],
    [
      'an attribute says that it failed',
      'exit_disagrees',
      resultOf(),
      junit('<testcase classname="tests.test_cart" name="a" status="failed"/>'),
      EXPECTED,
    ],
  ];
  it.each(reds)('is red when %s: %s', (_what, why, result, parsed, expected) => {
    expect(judgeTestRun(result, parsed, expected)).toMatchObject({ kind: 'red', why });
  });

  it('has a case for every reason', () => {
    expect(new Set(reds.map(([, why]) => why))).toEqual(new Set(RED_REASONS));
  });

  it('trusts a report that names no file only when the command ran nothing else', () => {
    const parsed = junit('<testcase classname="test" name="z"/>');
    expect(judgeTestRun(resultOf(), parsed, EXPECTED).kind).toBe('green');
    expect(judgeTestRun(resultOf(), parsed, { ...EXPECTED, onlyThatFile: false })).toMatchObject({
      why: 'file_not_run',
    });
  });

  it.each([
    ['the file attribute', '<testcase file="/job/tests/test_cart.py" name="a"/>', 'green'],
    ['a class in the module', '<testcase classname="tests.test_cart.TestTotals" name="a"/>', 'green'],
    ['a module below another root', '<testcase classname="test_cart" name="a"/>', 'green'],
    ['a module that only ends alike', '<testcase classname="tests.my_test_cart" name="a"/>', 'red'],
    ['a file that only ends alike', '<testcase file="tests/my_test_cart.py" name="a"/>', 'red'],
  ])('finds the file by %s', (_how, testcase, kind) => {
    expect(judgeTestRun(resultOf(), junit(testcase), { ...EXPECTED, onlyThatFile: false }).kind).toBe(kind);
  });

  it('tells the retry what failed, in at most 8 KB and without host paths', () => {
    const noise = `${'x'.repeat(200)}\n`.repeat(500);
    const verdict = judgeTestRun(
      resultOf({ exit_code: 1, stdout: `${noise}end of output`, stderr: 'see /home/ci/secret.txt' }),
      junit(FAIL),
      EXPECTED,
    );
    if (verdict.kind !== 'red') throw new Error('expected red');
    expect(verdict.output).toContain('Tests failed.');
    expect(verdict.output).toContain('FAILED b\nassert 3 == 4');
    expect(verdict.output).toContain('end of output');
    expect(verdict.output).not.toContain('/home/ci');
    expect(Buffer.byteLength(verdict.output)).toBeLessThanOrEqual(8 * 1024);
  });
});
