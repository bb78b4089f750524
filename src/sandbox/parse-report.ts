import { InputError } from '../errors.ts';
import { cleanText } from './clean-text.ts';
import { parseJunit } from './parse-junit.ts';
import { parseTap } from './parse-tap.ts';
import type { TestReport } from './sandbox.ts';
import type { TestCase } from './test-case.ts';

/** What a report says, in numbers and case by case. */
export interface ParsedReport {
  readonly report: TestReport;
  readonly cases: readonly TestCase[];
  /** Files the runner calls passed although no test of theirs ran: `process.exit(0)` at import looks like that. */
  readonly silentFiles: readonly string[];
}

const MAX_REPORT_CHARS = 1024 * 1024;
const MAX_FAILURES = 200;
const MAX_NAME_CHARS = 500;
const MAX_MESSAGE_CHARS = 8000;

/** A runner that got no test out of a file reports the file itself: Node 20 by its absolute path, later ones by the one they were given. */
const FILE_NAME = /^\/|^\S+\.[cm]?[jt]sx?$/;

function isSilentFile(test: TestCase): boolean {
  return test.status === 'passed' && FILE_NAME.test(test.name);
}

/**
 * Reads a JUnit XML or TAP report. It was written by untrusted code: nothing in it is resolved, expanded or believed
 * beyond what it says.
 *
 * @throws {InputError} when the text is not a whole, consistent report.
 */
export function parseReport(format: 'junit' | 'tap', text: string): ParsedReport {
  if (text.length > MAX_REPORT_CHARS) throw new InputError([{ field: 'report', problem: 'is longer than 1 MB' }]);
  const all = format === 'junit' ? parseJunit(text) : parseTap(text);
  const silent = all.filter(isSilentFile);
  const cases = all.filter((test) => !isSilentFile(test));
  const count = (status: TestCase['status']) => cases.filter((test) => test.status === status).length;
  const failures = cases.filter((test) => test.status === 'failed').slice(0, MAX_FAILURES);
  return {
    report: {
      total: cases.length,
      passed: count('passed'),
      failed: count('failed'),
      skipped: count('skipped'),
      failures: failures.map(({ name, message }) => ({
        name: cleanText(name.slice(0, MAX_NAME_CHARS)),
        message: cleanText(message.slice(0, MAX_MESSAGE_CHARS)),
      })),
    },
    cases,
    silentFiles: silent.map((test) => test.name),
  };
}
