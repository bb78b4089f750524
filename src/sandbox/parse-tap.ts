import { InputError } from '../errors.ts';
import type { TestCase } from './test-case.ts';

const INDENT = 4;
const MAX_DEPTH = 64;
const MAX_POINTS = 100_000;
const POINT = /^(not )?ok\b(?: +(\d{1,9}))?(?: +-)?(?: +(.*))?$/;
const PLAN = /^1\.\.(\d{1,9})(?: *#.*)?$/;

interface Point extends TestCase {
  /** Whether subtests stood before it: then it is their sum, not a test. */
  readonly isParent: boolean;
}

/** One level of nesting that is still being read. */
interface Level {
  readonly points: Point[];
  planned: number | null;
}

function badTap(problem: string): InputError {
  return new InputError([{ field: 'report', problem: `is not a sound TAP report: ${problem}` }]);
}

/** `name # SKIP why`: the directive is behind the last `#` that is not escaped. */
function splitDirective(text: string): { name: string; directive: 'skip' | 'todo' | null } {
  const found = /(?:^|[^\\])#\s*(skip|todo)\b.*$/i.exec(text);
  const raw = found === null ? text : text.slice(0, found.index + 1).replace(/#$/, '');
  const directive = found?.[1]?.toLowerCase();
  return {
    name: raw.trim().replaceAll(/\\([#\\])/g, '$1'),
    directive: directive === 'skip' || directive === 'todo' ? directive : null,
  };
}

/** The scalar that follows `key:` in a YAML diagnostic, one line or a block. Nothing else of YAML is understood. */
function readScalar(lines: readonly string[], key: string): string | null {
  const at = lines.findIndex((line) => line.startsWith(`${key}:`));
  if (at === -1) return null;
  const inline = (lines[at] ?? '').slice(key.length + 1).trim();
  if (!/^[|>][+-]?$/.test(inline)) return inline.replace(/^'(.*)'$/, '$1').replaceAll("''", "'");
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => line !== '' && !line.startsWith(' '));
  return rest
    .slice(0, end === -1 ? rest.length : end)
    .map((line) => line.trim())
    .join('\n');
}

function withDiagnostic(point: Point, lines: readonly string[]): Point {
  const location = readScalar(lines, 'location');
  const file = location?.replace(/(?::\d+){1,2}$/, '') ?? null;
  if (point.status !== 'failed') return { ...point, file };
  const message = [readScalar(lines, 'error') ?? readScalar(lines, 'message'), readScalar(lines, 'stack')];
  return { ...point, file, message: message.filter((part) => part !== null && part !== '').join('\n') };
}

function checkLevel(level: Level, depth: number): void {
  if (level.planned === null)
    throw badTap(`no plan (1..N)${depth > 0 ? ' in a subtest' : ''}: the run did not reach its end`);
  if (level.planned !== level.points.length)
    throw badTap(`planned ${level.planned} tests and shows ${level.points.length}`);
}

function readPoint(match: RegExpExecArray, level: Level, isParent: boolean): Point {
  const number = match[2];
  if (number !== undefined && Number(number) !== level.points.length + 1)
    throw badTap(`test ${number} is out of order`);
  const { name, directive } = splitDirective(match[3] ?? '');
  const isFailed = match[1] !== undefined && directive === null;
  return {
    name,
    file: null,
    group: null,
    status: isFailed ? 'failed' : directive === null ? 'passed' : 'skipped',
    message: '',
    isParent,
  };
}

/** Reads lines into levels; a level ends at the point that sums it up. */
class TapReader {
  private readonly levels: Level[] = [];
  private readonly leaves: TestCase[] = [];
  private points = 0;

  read(lines: readonly string[]): TestCase[] {
    for (let at = 0; at < lines.length; at += 1) {
      const line = lines[at] ?? '';
      const spaces = line.length - line.trimStart().length;
      if (spaces % INDENT === 2 && line.trim() === '---') {
        const end = lines.indexOf(`${' '.repeat(spaces)}...`, at + 1);
        if (end === -1) throw badTap('a diagnostic block is never closed');
        this.diagnostic(lines.slice(at + 1, end).map((each) => each.slice(spaces)));
        at = end;
      } else if (spaces % INDENT === 0) this.line(line.trim(), spaces / INDENT);
    }
    if (this.levels.length !== 1)
      throw badTap(this.levels.length === 0 ? 'it holds no test and no plan' : 'a subtest is never summed up');
    for (const level of this.levels) checkLevel(level, 0);
    return this.leaves;
  }

  private line(text: string, depth: number): void {
    if (text.startsWith('Bail out!')) throw badTap('the run bailed out');
    const point = POINT.exec(text);
    const plan = point === null ? PLAN.exec(text) : null;
    if (point === null && plan === null) return;
    if (depth > MAX_DEPTH) throw badTap('nested too deep');
    // Subtests stand before the point that sums them up, so the first line of a report may already be deep.
    while (this.levels.length <= depth) this.levels.push({ points: [], planned: null });
    const level = this.levels[depth];
    if (level === undefined) return;
    if (point !== null) return this.point(point, level, depth);
    if (level.planned !== null) throw badTap('two plans for one level');
    level.planned = Number(plan?.[1]);
  }

  private point(match: RegExpExecArray, level: Level, depth: number): void {
    this.points += 1;
    if (this.points > MAX_POINTS) throw badTap(`more than ${MAX_POINTS} tests`);
    if (this.levels.length > depth + 2) throw badTap('a subtest is never summed up');
    const below = this.levels[depth + 1];
    if (below !== undefined) checkLevel(below, depth + 1);
    this.levels.length = depth + 1;
    const point = readPoint(match, level, below !== undefined);
    level.points.push(point);
    const isExplained = below?.points.some((child) => child.status === 'failed') ?? false;
    // A parent counts only when it failed by itself, its subtests being fine.
    if (!point.isParent || (point.status === 'failed' && !isExplained)) this.leaves.push(point);
  }

  private diagnostic(lines: readonly string[]): void {
    const level = this.levels[this.levels.length - 1];
    const point = level?.points[level.points.length - 1];
    if (level === undefined || point === undefined) return;
    const full = withDiagnostic(point, lines);
    level.points[level.points.length - 1] = full;
    const last = this.leaves.length - 1;
    if (this.leaves[last] === point) this.leaves[last] = full;
  }
}

/** Node's runner sums up in comments at the end; the count of failures must not contradict the tests above. */
function checkSummary(lines: readonly string[], cases: readonly TestCase[]): void {
  const summary = lines.findLast((line) => /^# fail \d+$/.test(line));
  const failed = Number(summary?.slice('# fail '.length) ?? 0);
  if (failed > 0 && !cases.some((test) => test.status === 'failed'))
    throw badTap(`the summary counts ${failed} failures and no test shows one`);
}

/**
 * Test cases of a TAP 13 or 14 report with subtests, as `node --test` writes it. Text before the version line is
 * output of the program; unknown lines are skipped, as TAP demands.
 *
 * @throws {InputError} without a plan, when plan and tests differ, or when numbers are out of order.
 */
export function parseTap(text: string): TestCase[] {
  const all = text.split(/\r?\n/);
  const version = all.findIndex((line) => /^TAP version 1[34]$/.test(line));
  const lines = all.slice(version + 1);
  const cases = new TapReader().read(lines);
  checkSummary(lines, cases);
  return cases;
}
