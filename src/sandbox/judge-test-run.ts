import type { ParsedReport } from './parse-report.ts';
import { redactOutput, tailBytes } from './redact-output.ts';
import type { SandboxResult, TestReport } from './sandbox.ts';
import type { TestCase } from './test-case.ts';

export const RED_REASONS = [
  'timed_out',
  'out_of_memory',
  'too_much_output',
  'killed',
  'no_report',
  'bad_report',
  'no_tests',
  'only_skipped',
  'some_skipped',
  'tests_failed',
  'exit_disagrees',
  'file_not_run',
] as const;
export type RedReason = (typeof RED_REASONS)[number];

export interface TestExpectations {
  /** The test file the run was for, relative to the tree. */
  readonly testFile: string;
  /** Whether the command was given that file and so ran nothing else (`{file}` in `tests.command`). */
  readonly onlyThatFile: boolean;
  /** Why there is no parsed report although the run wrote one; null when it wrote none. */
  readonly reportProblem?: string | null;
}

export type TestVerdict =
  | { readonly kind: 'green'; readonly report: TestReport }
  /** `output` is masked and short: it may be shown to a model and a person. */
  | { readonly kind: 'red'; readonly why: RedReason; readonly output: string };

/** pytest's classname is the dotted module, with the class behind it: `tests.test_cart.TestTotals`. */
function isOfModule(group: string, testFile: string): boolean {
  const module = testFile.replace(/\.[^./]+$/, '').replaceAll('/', '.');
  const parts = group.split('.');
  return parts.some((_, index) => {
    const prefix = parts.slice(0, index + 1).join('.');
    return (
      module === prefix || (module.endsWith(`.${prefix}`) && prefix.includes(module.slice(module.lastIndexOf('.') + 1)))
    );
  });
}

function isSameFile(named: string, testFile: string): boolean {
  const path = named.replace(/^file:\/\//, '').replace(/^\.\//, '');
  return path === testFile || path.endsWith(`/${testFile}`);
}

function isOfFile(test: TestCase, testFile: string): boolean {
  if (test.file !== null) return isSameFile(test.file, testFile);
  return test.group !== null && isOfModule(test.group, testFile);
}

/** What is wrong with a run that ended by itself and left a readable report; null = nothing. */
function decideRed(exitCode: number | null, parsed: ParsedReport, expected: TestExpectations): RedReason | null {
  const { report, cases, silentFiles } = parsed;
  if (report.failed > 0) return exitCode === 0 ? 'exit_disagrees' : 'tests_failed';
  if (report.total === 0) return 'no_tests';
  if (report.passed === 0) return 'only_skipped';
  if (exitCode !== 0) return 'exit_disagrees';
  if (silentFiles.some((file) => isSameFile(file, expected.testFile))) return 'file_not_run';
  const own = cases.filter((test) => isOfFile(test, expected.testFile));
  if (own.length > 0) {
    if (own.every((test) => test.status === 'passed')) return null;
    return own.some((test) => test.status === 'passed') ? 'some_skipped' : 'only_skipped';
  }
  const namesFiles = cases.some((test) => test.file !== null);
  if (namesFiles || !expected.onlyThatFile) return 'file_not_run';
  return report.skipped > 0 ? 'some_skipped' : null;
}

const SAID: Readonly<Record<RedReason, string>> = {
  timed_out: 'The run did not end in time and was stopped.',
  out_of_memory: 'The run used more memory than it may and was stopped.',
  too_much_output: 'The run wrote more than it may and was stopped.',
  killed: 'The run was killed before it ended.',
  no_report: 'The run ended without writing its test report.',
  bad_report: 'The test report cannot be read.',
  no_tests: 'No test ran: the file defines none, or ended the process before one started.',
  only_skipped: 'Every test was skipped.',
  some_skipped: 'Some tests of the new file were skipped or marked as expected to fail; each of them has to pass.',
  tests_failed: 'Tests failed.',
  exit_disagrees: 'The exit code and the test report contradict each other.',
  file_not_run: 'The report does not show a test of the new file.',
};

function describeFailures(report: TestReport | undefined): string {
  const failures = (report?.failures ?? []).map(({ name, message }) => `FAILED ${name}\n${message}`);
  return tailBytes(failures.join('\n\n'), 4096);
}

function red(
  why: RedReason,
  result: SandboxResult,
  parsed: ParsedReport | null,
  expected: TestExpectations,
): TestVerdict {
  const report = parsed?.report;
  const counts =
    report === undefined ? '' : `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped. `;
  const ended = result.exit_code === null ? `Ended: ${result.end}.` : `Exit code ${result.exit_code}.`;
  const head = redactOutput(
    `${SAID[why]} ${expected.reportProblem ?? ''}\n${counts}${ended}\n${describeFailures(report)}`,
  );
  const room = 8 * 1024 - Buffer.byteLength(head) - 64;
  const streams = redactOutput(
    [result.stdout, result.stderr].filter((text) => text.trim() !== '').join('\n--- stderr ---\n'),
  );
  return {
    kind: 'red',
    why,
    output: `${head.trim()}\n--- output ---\n${tailBytes(streams, Math.max(room, 0))}`.trim(),
  };
}

/**
 * Whether a generated test may be kept. Exit code, report and expected file must agree: each alone is only a claim of
 * the code that was run. Unknown is red.
 *
 * @param parsed the report as {@link ParsedReport}, or null when there is none that can be read
 */
export function judgeTestRun(
  result: SandboxResult,
  parsed: ParsedReport | null,
  expected: TestExpectations,
): TestVerdict {
  if (result.end !== 'exited') return red(result.end, result, parsed, expected);
  if (parsed === null) return red(expected.reportProblem == null ? 'no_report' : 'bad_report', result, null, expected);
  const why = decideRed(result.exit_code, parsed, expected);
  return why === null ? { kind: 'green', report: parsed.report } : red(why, result, parsed, expected);
}
