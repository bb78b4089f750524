import type { DiffHunk } from './parse-diff.ts';

/** A part of one hunk with line numbers of its own: the smallest thing that is sent. */
export interface Piece {
  readonly path: string;
  /** The file's header lines, needed once before the first piece of it in a text. */
  readonly header: string;
  readonly text: string;
  readonly changedLines: number;
  /** Lines of the new file it shows, both ends included. */
  readonly range: readonly [number, number];
}

/** A cut is moved back to a better place as long as this much of the part stays. */
const LEAST_FILL = 0.6;

function isChanged(line: string): boolean {
  return line.startsWith('+') || line.startsWith('-');
}

/** Between functions there is mostly an empty line, and what follows it starts at the left. */
function isBoundary(line: string, next: string | undefined): boolean {
  return line.slice(1).trim() === '' && next !== undefined && /^[^\s]/.test(next.slice(1));
}

/** How many lines of `from` fit into `room` bytes, cut back to the last place between two functions where there is one. */
function takeLines(lines: readonly string[], from: number, room: number): number {
  let bytes = 0;
  let end = from;
  while (end < lines.length) {
    const size = Buffer.byteLength(lines[end] ?? '') + 1;
    if (size - 1 > room || bytes + size > room) break;
    bytes += size;
    end += 1;
  }
  if (end === lines.length) return end;
  for (let at = end - 1; at > from + (end - from) * LEAST_FILL; at -= 1) {
    if (isBoundary(lines[at] ?? '', lines[at + 1])) return at + 1;
  }
  return end;
}

/**
 * Cuts one hunk into pieces of at most `room` bytes of lines, each with line numbers of its own. A line that is longer
 * than that is left out and counted in `left`; a piece in which nothing changed is not made.
 */
export function splitHunk(
  path: string,
  header: string,
  hunk: DiffHunk,
  room: number,
): { pieces: Piece[]; left: number } {
  const pieces: Piece[] = [];
  let left = 0;
  let oldLine = hunk.oldStart;
  let newLine = hunk.newStart;
  for (let at = 0; at < hunk.lines.length; ) {
    const end = takeLines(hunk.lines, at, room);
    // Not even one line fits: it is the one that is too long.
    const tooLong = end === at;
    const lines = hunk.lines.slice(at, tooLong ? at + 1 : end);
    const { olds, news } = countSides(lines);
    const changedLines = lines.filter(isChanged).length;
    if (tooLong) left += changedLines;
    else if (changedLines > 0) {
      const text = hunkText({ oldStart: oldLine, newStart: newLine, heading: hunk.heading, lines });
      pieces.push({ path, header, text, changedLines, range: [newLine, Math.max(newLine, newLine + news - 1)] });
    }
    oldLine += olds;
    newLine += news;
    at += lines.length;
  }
  return { pieces, left };
}

/** The lines around the first that holds `text`, as a hunk of its own; the whole piece where it is short or holds none. */
export function cutPiece(piece: Piece, text: string, around: number): string {
  const [header = '', ...rest] = piece.text.split('\n');
  const lines = rest.filter((line) => line !== '');
  const at = lines.findIndex((line) => line.includes(text));
  const starts = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@ ?(.*)$/.exec(header);
  if (lines.length <= 2 * around || at < 0 || starts === null) return piece.text;
  const from = Math.max(0, at - around);
  const before = countSides(lines.slice(0, from));
  const [, oldStart, oldCount, newStart, newCount, heading = ''] = starts;
  return hunkText({
    oldStart: Number(oldStart) + (oldCount === '0' ? 1 : 0) + before.olds,
    newStart: Number(newStart) + (newCount === '0' ? 1 : 0) + before.news,
    heading,
    lines: lines.slice(from, at + around),
  });
}

function countSides(lines: readonly string[]): { olds: number; news: number } {
  const olds = lines.filter((line) => line[0] !== '+' && line[0] !== '\\').length;
  const news = lines.filter((line) => line[0] !== '-' && line[0] !== '\\').length;
  return { olds, news };
}

function hunkText({ oldStart, newStart, heading, lines }: DiffHunk): string {
  const { olds, news } = countSides(lines);
  const place = `@@ -${start(oldStart, olds)},${olds} +${start(newStart, news)},${news} @@`;
  return `${place}${heading === '' ? '' : ` ${heading}`}\n${lines.join('\n')}\n`;
}

/** A side without lines is named by the line before it. */
function start(line: number, count: number): number {
  return count === 0 ? line - 1 : line;
}
