import { InputError } from '../errors.ts';
import { parseXml, type XmlElement } from './parse-xml.ts';
import type { TestCase } from './test-case.ts';

function badJunit(problem: string): InputError {
  return new InputError([{ field: 'report', problem: `is not a sound JUnit report: ${problem}` }]);
}

/** A count a suite declares about itself; null when it does not. */
function declared(suite: XmlElement, name: string): number | null {
  const value = suite.attributes.get(name);
  if (value === undefined) return null;
  if (!/^\d{1,9}$/.test(value)) throw badJunit(`${name}="${value.slice(0, 40)}" is not a count`);
  return Number(value);
}

/** A test that passed only when it was repeated is none that passes. */
const BROKEN = new Set(['failure', 'error', 'flakyFailure', 'flakyError', 'rerunFailure', 'rerunError']);
/** How runners that write no element of their own call a test that did not run: GoogleTest, Karma, NUnit's converters. */
const NOT_RUN = /^(?:not_?run|disabled|suppressed|skipped|ignored|inconclusive|pending|todo|dry_?run)$/i;
const NOT_PASSED = /^(?:fail|failed|failure|error|broken|cancelled|aborted|timed_?out)$/i;

function caseOf(element: XmlElement, file: string | null): TestCase {
  const broken = element.children.find((child) => BROKEN.has(child.name));
  const says = (what: RegExp) =>
    ['status', 'result'].some((name) => what.test(element.attributes.get(name)?.trim() ?? ''));
  const isFailed = broken !== undefined || element.attributes.has('failure') || says(NOT_PASSED);
  const isSkipped = element.children.some((child) => child.name === 'skipped') || says(NOT_RUN);
  const message = [
    broken?.attributes.get('message') ?? element.attributes.get('failure') ?? '',
    broken?.text.trim() ?? '',
  ];
  return {
    name: element.attributes.get('name') ?? '',
    file: element.attributes.get('file') ?? file,
    group: element.attributes.get('classname') ?? null,
    status: isFailed ? 'failed' : isSkipped ? 'skipped' : 'passed',
    message: isFailed ? message.filter((part) => part !== '').join('\n') : '',
  };
}

/** A suite whose own counts and cases differ was cut, or edited by hand. */
function checkCounts(suite: XmlElement, own: readonly TestCase[], all: readonly TestCase[]): void {
  const failures = (declared(suite, 'failures') ?? 0) + (declared(suite, 'errors') ?? 0);
  const failed = all.filter((test) => test.status === 'failed').length;
  if (failures > 0 && failed === 0) throw badJunit(`a suite declares ${failures} failures and shows none`);
  const tests = declared(suite, 'tests');
  // Node counts a nested suite as one test, and pytest shows a test twice that fails twice: only the plain case is exact.
  const isPlain = own.length === all.length && failed === 0 && suite.name === 'testsuite';
  if (tests !== null && isPlain && tests !== own.length)
    throw badJunit(`a suite declares ${tests} tests and shows ${own.length}`);
}

function casesOf(suite: XmlElement, inheritedFile: string | null): TestCase[] {
  const file = suite.attributes.get('file') ?? inheritedFile;
  const own = suite.children.filter((child) => child.name === 'testcase').map((child) => caseOf(child, file));
  const nested = suite.children.filter((child) => child.name === 'testsuite').flatMap((child) => casesOf(child, file));
  const all = [...own, ...nested];
  checkCounts(suite, own, all);
  return all;
}

/**
 * Test cases of a JUnit XML report, as pytest's `--junitxml` and `node --test-reporter=junit` write it.
 *
 * @throws {InputError} when it is no such report, or its suites contradict their own cases.
 */
export function parseJunit(text: string): TestCase[] {
  const root = parseXml(text);
  if (root.name !== 'testsuites' && root.name !== 'testsuite')
    throw badJunit(`the root element is <${root.name}>, not <testsuites>`);
  return casesOf(root, null);
}
