import type { DiffFile, DiffHunk } from './parse-diff.ts';

/** How far the enclosing function is looked for and shown, lines on either side of a hunk. */
const MAX_UP = 60;
const MAX_DOWN = 40;

const DECLARES =
  /\b(?:function|def|class|fn|func|sub|interface|struct|impl|trait|module|namespace|describe|test|it)\b|=>\s*[{(]?\s*$|\)\s*(?::\s*[^={]+|throws\s+[\w., ]+|->\s*[^={]+)?\s*\{\s*$/;
const CLOSES = /^\s*(?:[})\]]|end\b)/;

/** Whether a line looks like the start of a function, a class or another block with a name. */
export function declares(line: string): boolean {
  return DECLARES.test(line);
}

interface Range {
  from: number;
  to: number;
}

/**
 * The same change with each hunk grown to the function around it, as far as a reader needs it: up to the line that
 * declares it, down to the line that closes it. Told from indentation, which all languages here share; where the file
 * does not fit the hunk, or nothing encloses it, the hunk stays as it is. Hunks that come to overlap become one.
 */
export function widenHunks(file: DiffFile, headText: string): DiffFile {
  const lines = headText.split('\n');
  if (file.status === 'added' || !file.hunks.every((hunk) => fits(hunk, lines))) return file;
  const hunks: DiffHunk[] = [];
  let open: { hunks: DiffHunk[]; range: Range } | null = null;
  for (const hunk of file.hunks) {
    const range = enclosing(lines, shownRange(hunk));
    if (open !== null && range.from <= open.range.to + 1) {
      open.hunks.push(hunk);
      open.range = { from: Math.min(open.range.from, range.from), to: Math.max(open.range.to, range.to) };
      continue;
    }
    if (open !== null) hunks.push(join(open.hunks, open.range, lines));
    open = { hunks: [hunk], range };
  }
  if (open !== null) hunks.push(join(open.hunks, open.range, lines));
  return { ...file, hunks };
}

/** Lines of the new file that a hunk shows, from 1. Where it shows none, `to` is `from - 1`. */
function shownRange(hunk: DiffHunk): Range {
  const shown = hunk.lines.filter((line) => line[0] !== '-' && line[0] !== '\\').length;
  return { from: hunk.newStart, to: hunk.newStart + shown - 1 };
}

function fits(hunk: DiffHunk, lines: readonly string[]): boolean {
  const { from } = shownRange(hunk);
  let at = from;
  for (const line of hunk.lines) {
    if (line[0] === '-' || line[0] === '\\') continue;
    if (lines[at - 1] !== line.slice(1)) return false;
    at += 1;
  }
  return true;
}

/** Columns of white space before a line's text; a tab counts four. */
export function indentOf(line: string): number {
  const space = /^[ \t]*/.exec(line)?.[0] ?? '';
  return space.replaceAll('\t', '    ').length;
}

function enclosing(lines: readonly string[], shown: Range): Range {
  const start = enclosingStart(lines, shown);
  if (start === null) return shown;
  const outer = indentOf(lines[start - 1] ?? '');
  let to = shown.to;
  for (let at = shown.to + 1; at <= Math.min(lines.length, shown.to + MAX_DOWN); at += 1) {
    const line = lines[at - 1] ?? '';
    if (line.trim() === '' || indentOf(line) > outer) continue;
    to = CLOSES.test(line) ? at : at - 1;
    break;
  }
  return { from: Math.min(start, shown.from), to: Math.max(to, shown.to) };
}

/** The line that declares what the shown lines stand in; null where they stand in nothing, or it is too far away. */
function enclosingStart(lines: readonly string[], shown: Range): number | null {
  const inside = lines.slice(shown.from - 1, Math.max(shown.to, shown.from)).filter((line) => line.trim() !== '');
  let indent = Math.min(...inside.map(indentOf), Number.MAX_SAFE_INTEGER);
  for (let at = shown.from - 1; at >= Math.max(1, shown.from - MAX_UP); at -= 1) {
    const line = lines[at - 1] ?? '';
    if (line.trim() === '' || CLOSES.test(line) || indentOf(line) >= indent) continue;
    indent = indentOf(line);
    if (declares(line)) return at;
    if (indent === 0) return at;
  }
  return null;
}

function join(hunks: readonly DiffHunk[], range: Range, lines: readonly string[]): DiffHunk {
  const [first] = hunks;
  if (first === undefined) throw new Error('a widened hunk is made of at least one');
  const context = (from: number, to: number) => lines.slice(from - 1, to).map((line) => ` ${line}`);
  const before = shownRange(first).from - range.from;
  const shown: string[] = [];
  let at = range.from;
  for (const hunk of hunks) {
    const own = shownRange(hunk);
    shown.push(...context(at, own.from - 1), ...hunk.lines);
    at = own.to + 1;
  }
  shown.push(...context(at, range.to));
  return { oldStart: first.oldStart - before, newStart: range.from, heading: first.heading, lines: shown };
}
