import { maskComments } from '../../change/facts/mask-comments.ts';
import type { DiffFile } from '../../change/parse-diff.ts';
import type { Finding } from '../../policy/finding.ts';

/** The new side of a change: whole files where they are held, else what the diff shows of them. */
interface HeadSide {
  /** Every file of the change, credentials taken out, also those that no model reads. */
  readonly changed: readonly DiffFile[];
  readonly headText: (path: string) => string | null;
}

interface Line {
  readonly line: number;
  readonly text: string;
}

/** A line that is shorter without its white space points at nothing by itself. */
const SHORTEST_LINE = 3;

/**
 * Says of a finding of an earlier head where its code stands now, as the finding with that place, or null where it is gone. Code
 * is compared without white space and comments, over line ends: in its own file anywhere, in others among the lines that
 * the change adds. Without its whole, all of its lines have to stand in one file. What a finding says was removed is
 * gone for as long as it does not stand in its file again.
 */
export function makeWhereItStands({ changed, headText }: HeadSide): (finding: Finding) => Finding | null {
  const files = new Map(changed.map((file) => [file.path, file]));
  const before = new Set(changed.flatMap(({ previousPath }) => (previousPath === null ? [] : [previousPath])));
  const held = new Map<string, readonly (readonly Line[])[]>();

  /** All of a file that is known, or of it what the change adds, each as it stands and without comments. */
  function readings(file: DiffFile, which: 'all' | 'added'): readonly (readonly Line[])[] {
    const key = `${which} ${file.path}`;
    const known = held.get(key);
    if (known !== undefined) return known;
    const text = headText(file.path);
    const whole = text === null ? null : text.split('\n').map((own, at) => ({ line: at + 1, text: own }));
    const lines = whole !== null && which === 'all' ? whole : newLines(file, which);
    const read = [dense(lines), dense(withoutComments(file.path, lines))];
    held.set(key, read);
    return read;
  }

  return (finding) => {
    const { path, line, quote, grounding } = finding;
    if (grounding === 'absent') return null;
    const own = files.get(path);
    const there = own === undefined ? null : placeIn(readings(own, 'all'), path, quote);
    if (line === null) return there !== null || (own === undefined && !before.has(path)) ? null : finding;
    if (there !== null) return { ...finding, ...there };
    for (const file of changed) {
      if (file.path === path) continue;
      const elsewhere = placeIn(readings(file, 'added'), path, quote);
      if (elsewhere !== null) return { ...finding, ...elsewhere, path: file.path, grounding: 'moved' };
    }
    return null;
  };
}

function newLines({ hunks }: DiffFile, which: 'all' | 'added'): Line[] {
  return hunks.flatMap(({ newStart, lines }) => {
    let next = newStart;
    return lines
      .filter((text) => text[0] !== '-' && text[0] !== '\\')
      .map((text) => ({ line: next++, sign: text[0], text: text.slice(1) }))
      .filter(({ sign }) => which === 'all' || sign === '+');
  });
}

/** Comments turned to nothing, in the language of the path. */
function withoutComments(path: string, lines: readonly Line[]): Line[] {
  const code = maskComments(path, lines.map(({ text }) => text).join('\n')).split('\n');
  return lines.map(({ line }, at) => ({ line, text: code[at] ?? '' }));
}

/** Lines without white space; empty ones are left out. */
function dense(lines: readonly Line[]): Line[] {
  return lines.map(({ line, text }) => ({ line, text: text.replace(/\s+/g, '') })).filter(({ text }) => text !== '');
}

type Place = Pick<Finding, 'line' | 'end_line'>;

function placeIn(readings: readonly (readonly Line[])[], path: string, quote: string): Place | null {
  const quoted = quote.split('\n').map((text, at) => ({ line: at, text }));
  const wanted = [quoted, withoutComments(path, quoted)].map((lines) => dense(lines).map(({ text }) => text));
  for (const [at, lines] of readings.entries()) {
    const place = wholePlace(lines, (wanted[at] ?? []).join('')) ?? scatteredPlace(lines, wanted[at] ?? []);
    if (place !== null) return place;
  }
  return null;
}

/** Where all of it stands one after the other, wherever the lines end. */
function wholePlace(lines: readonly Line[], wanted: string): Place | null {
  if (wanted.length < SHORTEST_LINE) return null;
  const at = lines
    .map(({ text }) => text)
    .join('')
    .indexOf(wanted);
  if (at === -1) return null;
  let seen = 0;
  const covered = lines.filter(({ text }) => {
    const from = seen;
    seen += text.length;
    return seen > at && from < at + wanted.length;
  });
  return { line: covered[0]?.line ?? null, end_line: covered.at(-1)?.line ?? null };
}

function scatteredPlace(lines: readonly Line[], wanted: readonly string[]): Place | null {
  const telling = wanted.filter((text) => text.length >= SHORTEST_LINE);
  const places = telling.map((text) => lines.find((line) => line.text.includes(text))?.line);
  const [first] = places;
  if (first === undefined || places.includes(undefined)) return null;
  return { line: first, end_line: first };
}
