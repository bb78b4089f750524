import { describe, expect, it } from 'vitest';
import { collectReport } from '../../../src/sandbox/collect-report.ts';
import type { SandboxResult } from '../../../src/sandbox/sandbox.ts';
import { judgeSuite } from '../../../src/workers/staging/suite.decide.ts';

const SETTINGS = { report: 'junit', timeout_s: 60 } as const;

function judge(over: Partial<SandboxResult>, output = 'the end of the output') {
  const result: SandboxResult = {
    end: 'exited',
    exit_code: 0,
    stdout: '',
    stderr: '',
    report: null,
    duration_ms: 1200,
    ...over,
  };
  const collected = collectReport(result, { report: 'junit', report_file: 'report.xml' });
  return judgeSuite('smoke command', result, collected, SETTINGS, output);
}

const suite = (cases: string, counts = '') => `<testsuite name="smoke" ${counts}>${cases}</testsuite>`;
const GREEN = '<testcase name="pays"/><testcase name="refunds"/>';
const RED = '<testcase name="pays"><failure message="502 instead of 200"/></testcase><testcase name="refunds"/>';

describe('judgeSuite', () => {
  it('passes when exit code and report agree', () => {
    expect(judge({ report: suite(GREEN) })).toEqual([
      {
        name: 'smoke command',
        passed: true,
        detail: '2 passed, 0 failed, 0 skipped in 1200 ms',
        status: null,
        latency_ms: 1200,
      },
    ]);
  });

  it('names every failed test with what it said, and the counts', () => {
    const results = judge({ exit_code: 1, report: suite(RED) });
    expect(results.map(({ name, passed, detail }) => [name, passed, detail])).toEqual([
      ['smoke command: pays', false, '502 instead of 200'],
      ['smoke command', false, '1 passed, 1 failed, 0 skipped, exit code 1'],
    ]);
  });

  it('believes the report of a failure also when the command ends with 0', () => {
    expect(judge({ report: suite(RED) }).every(({ passed }) => !passed)).toBe(true);
  });

  const red: readonly (readonly [string, Partial<SandboxResult>, string])[] = [
    [
      'a failure that the report does not show',
      { exit_code: 3, report: suite(GREEN) },
      'exit code 3, although 2 passed',
    ],
    ['no report', {}, 'exit code 0, and it wrote no report'],
    ['no test at all', { report: suite('') }, 'no test of it passed (0 passed'],
    ['skipped tests only', { report: suite('<testcase name="pays"><skipped/></testcase>') }, 'no test of it passed'],
    [
      'a file that ran no test',
      { report: suite('<testcase name="/job/a.js"/><testcase name="b"/>') },
      'no test ran in /job/a.js',
    ],
    ['a cut report', { report: '<testsuite><testcase name="pays"/>' }, 'is never closed'],
    ['counts that contradict the cases', { report: suite(GREEN, 'tests="9"') }, 'declares 9 tests and shows 2'],
    [
      'an entity bomb',
      { report: '<!DOCTYPE x [<!ENTITY a "aaaa">]><testsuite><testcase name="&a;"/></testsuite>' },
      'is not well-formed XML',
    ],
    ['an outside entity', { report: suite('<testcase name="&file;"/>') }, 'unknown entity &file;'],
    ['a suite past its time', { end: 'timed_out', exit_code: null }, 'was ended after 60 s'],
    ['a suite out of memory', { end: 'out_of_memory', exit_code: null }, 'ended: out of memory'],
  ];
  it.each(red)('fails %s', (_name, over, text) => {
    const [result, ...more] = judge(over);
    expect(more).toEqual([]);
    expect(result).toMatchObject({ name: 'smoke command', passed: false });
    expect(result?.detail).toContain(text);
    expect(result?.detail).toContain('the end of the output');
  });

  it('goes by the exit code alone where no report is declared', () => {
    const result = { end: 'exited', exit_code: 0, duration_ms: 5 } as const;
    const none = { parsed: null, problem: null };
    const settings = { report: undefined, timeout_s: 60 };
    expect(judgeSuite('smoke command', result, none, settings, '')).toMatchObject([
      { passed: true, detail: 'exit code 0 in 5 ms' },
    ]);
    expect(judgeSuite('smoke command', { ...result, exit_code: 2 }, none, settings, 'boom')).toMatchObject([
      { passed: false, detail: 'exit code 2: boom' },
    ]);
  });
});
