import type { DiffChunk } from '../../change/chunk-diff.ts';
import { declares, indentOf } from '../../change/widen-hunks.ts';
import type { Finding, ReportedFinding } from '../../policy/finding.ts';
import { fingerprintOf } from '../../policy/fingerprint.ts';

interface ShownLine {
  readonly text: string;
  /** In the new version; null for a removed line. */
  readonly line: number | null;
}

interface ShownPiece {
  readonly heading: string;
  readonly lines: readonly ShownLine[];
}

/** A bracket stands everywhere; it points at nothing. */
const SHORTEST_QUOTE = 3;

/**
 * The mechanical check: does the quote stand in what was sent of that file, at the line that was named? It decides by
 * comparing text, so that no finding moves a score that does not point at code of this change. A wrong line number
 * with a right quote is corrected; a quote that is nowhere stays, marked, and cannot be counted.
 */
export function groundFinding(reported: ReportedFinding, chunk: DiffChunk | undefined): Finding {
  const pieces = chunk === undefined ? [] : piecesOf(chunk, reported.path);
  const quote = reported.quote
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const places = quote.join('').length < SHORTEST_QUOTE ? [] : pieces.flatMap((piece) => placesIn(piece, quote));
  const best = places.toSorted((a, b) => distance(a.line, reported.line) - distance(b.line, reported.line))[0];
  const base = {
    ...reported,
    source: 'reviewer',
    verification: 'not_asked',
    status: 'new',
    fingerprint: fingerprintOf({ ...reported, symbol: best?.symbol ?? '' }),
  } as const;
  if (best === undefined) return { ...base, end_line: null, grounding: 'absent' };
  const grounding = best.line === reported.line ? 'exact' : 'moved';
  return { ...base, line: best.line, end_line: best.endLine, grounding };
}

/** The lines of one file in a part, with their numbers. */
function piecesOf(chunk: DiffChunk, path: string): ShownPiece[] {
  return chunk.pieces
    .filter((piece) => piece.path === path)
    .map((piece) => {
      const [header = '', ...lines] = piece.text.split('\n');
      let next = piece.range[0];
      const shown = lines
        .filter((line) => line !== '' && line[0] !== '\\')
        .map((line): ShownLine => ({ text: line.slice(1), line: line[0] === '-' ? null : next++ }));
      return { heading: header.replace(/^@@[^@]*@@ ?/, ''), lines: shown };
    });
}

interface Place {
  readonly line: number | null;
  readonly endLine: number | null;
  readonly symbol: string;
}

/** Where the quote's lines stand one after the other on one side of the diff; empty lines between them do not matter. */
function placesIn(piece: ShownPiece, quote: readonly string[]): Place[] {
  const sides = [piece.lines.filter((line) => line.line !== null), piece.lines.filter((line) => line.line === null)];
  return sides.flatMap((side) => {
    const lines = side.filter(({ text }) => text.trim() !== '');
    return lines.flatMap((first, at): Place[] => {
      const matches = quote.every((wanted, offset) => lines[at + offset]?.text.includes(wanted));
      if (!matches) return [];
      const last = lines[at + quote.length - 1];
      return [{ line: first.line, endLine: last?.line ?? null, symbol: symbolAround(piece, first) }];
    });
  });
}

/** The line that declares what a line stands in; what git names in the hunk's header where it is not shown. */
function symbolAround(piece: ShownPiece, line: ShownLine): string {
  const before = piece.lines.slice(0, piece.lines.indexOf(line));
  const own = indentOf(line.text);
  return (
    before.findLast(({ text }) => declares(text) && indentOf(text) < own)?.text ?? (own === 0 ? '' : piece.heading)
  );
}

function distance(line: number | null, wanted: number | null): number {
  if (line === wanted) return 0;
  return line === null || wanted === null ? Number.MAX_SAFE_INTEGER : Math.abs(line - wanted);
}
