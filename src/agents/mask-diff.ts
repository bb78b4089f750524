import { isDocument } from '../change/facts/is-document.ts';
import { maskComments } from '../change/facts/mask-comments.ts';
import type { DiffFile, DiffHunk } from '../change/parse-diff.ts';
import { maskWords } from './mask-words.ts';

export interface MaskedDiff {
  readonly files: readonly DiffFile[];
  /** The real path behind a masked one. */
  readonly pathOf: (masked: string) => string | undefined;
}

/**
 * A change as the sceptic sees it: numbered files, comments gone, no sentence left in strings, names or documents. Line
 * numbers stay, so that what it says can be looked up in the real change. `headText` gives the whole file, because a
 * comment may begin above a hunk; null = only the hunks are at hand.
 */
export function maskDiff(files: readonly DiffFile[], headText: (path: string) => string | null): MaskedDiff {
  const paths = new Map<string, string>();
  const masked: DiffFile[] = [];
  for (const [index, file] of files.entries()) {
    const path = `file-${index + 1}${extensionOf(file.path)}`;
    paths.set(path, file.path);
    const hunks = isDocument(file) ? file.hunks.map(hideHunk) : maskHunks(file, headText);
    masked.push({ ...file, path, previousPath: file.previousPath === null ? null : `before-${path}`, hunks });
  }
  return { files: masked, pathOf: (name) => paths.get(name) };
}

/** What decides how a file is run; a made-up one is words again. */
function extensionOf(path: string): string {
  return /\.[a-z0-9]{1,5}$/i.exec(path)?.[0].toLowerCase() ?? '';
}

function maskHunks(file: DiffFile, headText: (path: string) => string | null): DiffHunk[] {
  const head = file.status === 'deleted' || file.hunks.length === 0 ? null : headText(file.path);
  const lines = head === null ? null : maskText(file.path, head);
  return file.hunks.map((hunk) => maskHunk(file.path, hunk, lines));
}

/** Of a document, that there are lines, and nothing of what they say. */
function hideHunk(hunk: DiffHunk): DiffHunk {
  const lines = hunk.lines.map((line) => {
    if (line[0] === '\\') return line;
    return `${line[0] ?? ' '}${line.slice(1).trim() === '' ? '' : '_'}`;
  });
  return { ...hunk, heading: '', lines };
}

function maskHunk(path: string, hunk: DiffHunk, head: readonly string[] | null): DiffHunk {
  const removed = maskSide(path, hunk, '+');
  const shown = head === null ? maskSide(path, hunk, '-') : null;
  let next = hunk.newStart;
  const lines = hunk.lines.map((line, at) => {
    const sign = line[0] ?? ' ';
    if (sign === '\\') return line;
    const code = sign === '-' ? removed[at] : head === null ? shown?.[at] : head[next - 1];
    if (sign !== '-') next += 1;
    return `${sign}${code ?? ''}`;
  });
  return { ...hunk, heading: '', lines };
}

/** The lines of one side without comments and words, each at its index in the hunk. */
function maskSide(path: string, hunk: DiffHunk, other: '+' | '-'): string[] {
  const lines = hunk.lines.map((line) => (line[0] === other || line[0] === '\\' ? '' : line.slice(1)));
  return maskText(path, lines.join('\n'));
}

/** Strings that go over several lines. What only looks like one is masked a little more, and stays readable. */
const LONG_STRINGS = /`(?:\\.|[^`\\])*`|"""(?:\\.|(?!""")[^\\])*"""|'''(?:\\.|(?!''')[^\\])*'''/gs;

function maskText(path: string, text: string): string[] {
  const code = maskComments(path, text);
  const inString = new Set<number>();
  let line = 0;
  let seen = 0;
  for (const match of code.matchAll(LONG_STRINGS)) {
    for (; seen < match.index; seen += 1) if (code.charCodeAt(seen) === 10) line += 1;
    const breaks = match[0].split('\n').length - 1;
    for (let at = line; breaks > 0 && at <= line + breaks; at += 1) inString.add(at);
  }
  return code.split('\n').map((own, at) => maskWords(own, inString.has(at)));
}
