import { describe, expect, it } from 'vitest';
import { parseReport } from '../../../src/sandbox/parse-report.ts';

const NODE_TAP = `TAP version 13
# ok 99 - printed by a test
#     ok 3 - printed, too
# Subtest: one \\# hash \\\\ back
ok 1 - one \\# hash \\\\ back
  ---
  duration_ms: 1.5
  ...
# Subtest: suite
    # Subtest: in
    ok 1 - in
      ---
      duration_ms: 0.5
      ...
    # Subtest: bad
    not ok 2 - bad
      ---
      duration_ms: 1.6
      location: '/job/test/a.test.mjs:3:47'
      error: |-
        Expected values to be equal:

        1 !== 2
      code: 'ERR_ASSERTION'
      stack: |-
        at /job/test/a.test.mjs:3:70
      ...
    # Subtest: sk
    ok 3 - sk # SKIP
    # Subtest: td
    not ok 4 - td # TODO later
    # Subtest: nested
        # Subtest: deep
        ok 1 - deep
        1..1
    ok 5 - nested
    1..5
not ok 2 - suite
  ---
  error: '1 subtest failed'
  ...
1..2
# tests 7
# fail 2
`;

const PYTEST = `<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.057"><testcase classname="tests.test_p" name="test_ok" time="0.001" /><testcase classname="tests.test_p.TestC" name="test_bad" time="0.001"><failure message="AssertionError: no &lt;&amp;&#10;assert 1 == 2">&gt;   assert 1 == 2
E   AssertionError</failure></testcase><testcase classname="tests.test_p" name="test_s" time="0.000"><skipped type="pytest.skip" message="unconditional skip">x</skipped></testcase><testcase classname="tests.test_p" name="test_err" time="0.000"><error message="failed on setup">RuntimeError: x</error></testcase></testsuite></testsuites>`;

const NODE_JUNIT = `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
	<testcase name="one" time="0.000994" classname="test"/>
	<testsuite name="suite" time="0.0047" disabled="0" errors="0" tests="3" failures="0" skipped="1" hostname="vm">
		<testcase name="in" time="0.0002" classname="test"/>
		<testcase name="sk" time="0.0001" classname="test">
			<skipped type="skipped" message="true"/>
		</testcase>
		<testsuite name="nested" tests="1" failures="0" skipped="0">
			<testcase name="deep" time="0.001" classname="test"/>
		</testsuite>
	</testsuite>
	<!-- tests 4 -->
</testsuites>
`;

describe('parseReport of TAP', () => {
  it('counts the leaves of what node --test writes, and says where and why one failed', () => {
    const { report, cases } = parseReport('tap', NODE_TAP);
    expect(cases.map((test) => [test.name, test.status])).toEqual([
      ['one # hash \\ back', 'passed'],
      ['in', 'passed'],
      ['bad', 'failed'],
      ['sk', 'skipped'],
      ['td', 'skipped'],
      ['deep', 'passed'],
    ]);
    expect(report).toEqual({
      total: 6,
      passed: 3,
      failed: 1,
      skipped: 2,
      failures: [{ name: 'bad', message: 'Expected values to be equal:\n\n1 !== 2\nat /job/test/a.test.mjs:3:70' }],
    });
    expect(cases[2]?.file).toBe('/job/test/a.test.mjs');
  });

  it('takes a file that ended before a test ran for what it is', () => {
    const { report, silentFiles } = parseReport(
      'tap',
      'TAP version 13\n# Subtest: /job/b.test.mjs\nok 1 - /job/b.test.mjs\n1..1\n',
    );
    expect(report.total).toBe(0);
    expect(silentFiles).toEqual(['/job/b.test.mjs']);
  });

  it('counts a parent that failed by itself', () => {
    const { report } = parseReport('tap', 'TAP version 14\n    ok 1 - sub\n    1..1\nnot ok 1 - parent\n1..1\n');
    expect(report).toMatchObject({ total: 2, passed: 1, failed: 1 });
  });

  it('ignores what was printed before the version line', () => {
    expect(parseReport('tap', 'ok 1 - printed\n1..9\nTAP version 13\nok 1 - real\n1..1\n').report.total).toBe(1);
  });

  it.each([
    ['no plan', 'TAP version 13\nok 1 - a\n', 'no plan'],
    ['a plan of more', 'TAP version 13\nok 1 - a\n1..2\n', 'planned 2 tests and shows 1'],
    ['a plan of fewer', 'TAP version 13\n1..1\nok 1 - a\nok 2 - b\n', 'planned 1 tests and shows 2'],
    ['two plans', 'TAP version 13\nok 1 - a\n1..1\n1..1\n', 'two plans'],
    ['numbers out of order', 'TAP version 13\nok 2 - a\n1..1\n', 'out of order'],
    ['a bail out', 'TAP version 13\nok 1 - a\nBail out! database\n1..1\n', 'bailed out'],
    ['a subtest without its sum', 'TAP version 13\nok 1 - a\n    ok 1 - b\n    1..1\n1..1\n', 'never summed up'],
    [
      'a subtest two levels below',
      'TAP version 13\n        ok 1 - b\n        1..1\nok 1 - a\n1..1\n',
      'never summed up',
    ],
    ['a subtest without a plan', 'TAP version 13\n    ok 1 - b\nok 1 - a\n1..1\n', 'no plan'],
    ['an open diagnostic', 'TAP version 13\nok 1 - a\n  ---\n  x: 1\n1..1\n', 'never closed'],
    ['a summary with failures nobody shows', 'TAP version 13\nok 1 - a\n1..1\n# fail 1\n', 'summary counts 1'],
    ['nothing', '', 'no test and no plan'],
    ['deep nesting', `${' '.repeat(400)}ok 1 - a\n1..1\n`, 'nested too deep'],
  ])('refuses %s', (_what, text, why) => {
    expect(() => parseReport('tap', text)).toThrow(why);
  });
});

describe('parseReport of JUnit', () => {
  it("reads pytest's --junitxml", () => {
    const { report, cases } = parseReport('junit', PYTEST);
    expect(report).toMatchObject({ total: 4, passed: 1, failed: 2, skipped: 1 });
    expect(report.failures[0]).toEqual({
      name: 'test_bad',
      message: 'AssertionError: no <&\nassert 1 == 2\n>   assert 1 == 2\nE   AssertionError',
    });
    expect(cases.map((test) => test.group)).toEqual([
      'tests.test_p',
      'tests.test_p.TestC',
      'tests.test_p',
      'tests.test_p',
    ]);
  });

  it('reads node --test-reporter=junit, nested suites and all', () => {
    expect(parseReport('junit', NODE_JUNIT).report).toMatchObject({ total: 4, passed: 3, failed: 0, skipped: 1 });
  });

  it('inherits the file of a suite', () => {
    const { cases } = parseReport(
      'junit',
      '<testsuite file="a.js"><testcase name="x"/><testcase name="y" file="b.js"/></testsuite>',
    );
    expect(cases.map((test) => test.file)).toEqual(['a.js', 'b.js']);
  });

  it.each([
    ['another root', '<html/>', 'the root element is <html>'],
    [
      'failures that nobody shows',
      '<testsuite tests="1" failures="1"><testcase name="x"/></testsuite>',
      'declares 1 failures and shows none',
    ],
    [
      'fewer tests than declared',
      '<testsuite tests="5"><testcase name="x"/></testsuite>',
      'declares 5 tests and shows 1',
    ],
    ['a count that is none', '<testsuite tests="many"/>', 'is not a count'],
    ['more than a megabyte', `<testsuite>${' '.repeat(1024 * 1024)}</testsuite>`, 'longer than 1 MB'],
  ])('refuses %s', (_what, text, why) => {
    expect(() => parseReport('junit', text)).toThrow(why);
  });

  it('hands on no control character, lone surrogate or bidirectional mark', () => {
    const { report } = parseReport(
      'junit',
      '<testsuite><testcase name="a&#0;&#xD800;b&#x202E;c"><failure message="&#27;[31mred&#7;"/></testcase></testsuite>',
    );
    expect(report.failures).toEqual([{ name: 'abc', message: 'red' }]);
  });
});
