import type { Evidence, SensitivePaths } from '../change.ts';
import { addedLines, type DiffFile, type DiffLine } from '../parse-diff.ts';
import { extensionOf, isDocFile, isLockFile, isMigrationFile, isSupportFile } from './file-kind.ts';
import { maskComments } from './mask-comments.ts';

/** What a detector says: evidence makes the fact true; `unknown` says why it could not be judged. */
export interface Detected {
  readonly evidence: readonly Omit<Evidence, 'fact'>[];
  readonly unknown: readonly string[];
}

export type ReadText = (path: string) => Promise<string | null>;

/** A change as detectors see it: its files, and the text of both sides with comments turned to spaces. */
export interface ChangeContext {
  readonly files: readonly DiffFile[];
  /** Those that have a text to read on a side; the others are only renamed, binary or given another mode. */
  readonly filesWithText: readonly DiffFile[];
  readonly commitMessages: string;
  /** Null where only a diff is at hand. */
  readonly readBase: ReadText | null;
  readonly listBase: (() => Promise<string[]>) | null;
  readonly sensitivePaths: SensitivePaths;
  /** Reads the changed files many at a time, so that a repository can answer them together. */
  prefetch(): Promise<void>;
  /** Raw text of a changed file; from the repository, or pieced together from its hunks. Null: not on that side. */
  rawText(file: DiffFile, side: 'base' | 'head'): Promise<string | null>;
  /** The same without comments. */
  codeText(file: DiffFile, side: 'base' | 'head'): Promise<string | null>;
  /** True when `rawText` is the whole file. */
  isWhole(file: DiffFile, side: 'base' | 'head'): Promise<boolean>;
  /** Added lines without comments; blank ones are left out. */
  addedCode(file: DiffFile): Promise<readonly DiffLine[]>;
}

/** Longer lines are cut before a pattern sees them: they are data or minified, and patterns stay fast. */
export const MAX_LINE_CHARS = 4_000;
/** Larger files are judged by their hunks. */
const MAX_TEXT_CHARS = 1_000_000;
const MAX_LINE_NUMBER = 2_000_000;
/** Over all files and both sides; past it files are judged by their hunks. */
const MAX_HELD_CHARS = 60_000_000;
const READ_AT_ONCE = 32;

export interface ContextInput {
  readonly files: readonly DiffFile[];
  readonly commitMessages: string;
  readonly readBase: ReadText | null;
  readonly readHead: ReadText | null;
  readonly listBase: (() => Promise<string[]>) | null;
  readonly sensitivePaths: SensitivePaths;
}

/** git cuts a heading here; what is cut is no line of the file. */
const CUT_HEADING = 80;

/**
 * One side of a file as far as the hunks show it, every line at its own number. What encloses a hunk (`enum Status {`)
 * stands above it on both sides, so that what it holds has an owner and the line itself cancels out.
 */
function textFromHunks(file: DiffFile, side: 'base' | 'head'): string {
  const hidden = side === 'base' ? '+' : '-';
  const lines: string[] = [];
  for (const hunk of file.hunks) {
    const start = side === 'base' ? hunk.oldStart : hunk.newStart;
    const gap = Math.min(start - 1, MAX_LINE_NUMBER) - lines.length;
    for (let left = gap; left > 0; left -= 1) lines.push('');
    if (gap > 0 && hunk.heading.length < CUT_HEADING) lines[lines.length - 1] = hunk.heading;
    for (const line of hunk.lines) {
      const sign = line[0];
      if (sign !== hidden && sign !== '\\') lines.push(line.slice(1));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A file that is only renamed defines what it did, unless its new place makes it a test, a migration or a route. */
function movesBetweenKinds(file: DiffFile): boolean {
  const before = file.previousPath ?? file.path;
  const kinds = (path: string) => `${isSupportFile(path)} ${isMigrationFile(path)} ${extensionOf(path)}`;
  return kinds(before) !== kinds(file.path) || /(?:^|\/)(?:pages\/api|app)\//.test(`${before}\n${file.path}`);
}

function hasText(file: DiffFile): boolean {
  return file.hunks.length > 0 || (file.status === 'renamed' && movesBetweenKinds(file));
}

/** One value for each side of each file, made once. */
function makeSides<T>() {
  const held = { base: new Map<DiffFile, Promise<T>>(), head: new Map<DiffFile, Promise<T>>() };
  return {
    at(file: DiffFile, side: 'base' | 'head', make: () => Promise<T>): Promise<T> {
      const known = held[side].get(file);
      if (known !== undefined) return known;
      const made = make();
      held[side].set(file, made);
      return made;
    },
  };
}

export function makeChangeContext(input: ContextInput): ChangeContext {
  const filesWithText = input.files.filter(hasText);
  const withText = new Set(filesWithText);
  const raw = makeSides<{ text: string | null; whole: boolean }>();
  const code = makeSides<string | null>();
  let charsLeft = MAX_HELD_CHARS;

  async function load(file: DiffFile, side: 'base' | 'head'): Promise<{ text: string | null; whole: boolean }> {
    if (side === 'base' ? file.status === 'added' : file.status === 'deleted') return { text: null, whole: true };
    if (!withText.has(file)) return { text: null, whole: true };
    const path = side === 'base' ? (file.previousPath ?? file.path) : file.path;
    const read = side === 'base' ? input.readBase : input.readHead;
    const text = read === null ? null : await read(path);
    if (text !== null && text.length <= Math.min(MAX_TEXT_CHARS, charsLeft)) {
      charsLeft -= text.length;
      return { text, whole: true };
    }
    const complete = (side === 'head' && file.status === 'added') || (side === 'base' && file.status === 'deleted');
    return { text: textFromHunks(file, side), whole: complete };
  }

  function rawSide(file: DiffFile, side: 'base' | 'head'): Promise<{ text: string | null; whole: boolean }> {
    return raw.at(file, side, () => load(file, side));
  }

  async function codeText(file: DiffFile, side: 'base' | 'head'): Promise<string | null> {
    return code.at(file, side, async () => {
      const { text } = await rawSide(file, side);
      if (text === null) return null;
      const path = side === 'base' ? (file.previousPath ?? file.path) : file.path;
      return capLines(maskComments(path, text));
    });
  }

  return {
    async prefetch() {
      if (input.readBase === null && input.readHead === null) return;
      const wanted = filesWithText.filter((file) => !file.binary && !isLockFile(file.path) && !isDocFile(file.path));
      for (let at = 0; at < wanted.length; at += READ_AT_ONCE) {
        const sides = wanted.slice(at, at + READ_AT_ONCE).flatMap((file) => [
          { file, side: 'base' as const },
          { file, side: 'head' as const },
        ]);
        await Promise.all(sides.map(({ file, side }) => rawSide(file, side)));
      }
    },
    files: input.files,
    filesWithText,
    commitMessages: input.commitMessages,
    readBase: input.readBase,
    listBase: input.listBase,
    sensitivePaths: input.sensitivePaths,
    rawText: async (file, side) => (await rawSide(file, side)).text,
    isWhole: async (file, side) => (await rawSide(file, side)).whole,
    codeText,
    async addedCode(file) {
      const text = await codeText(file, 'head');
      if (text === null) return [];
      const lines = text.split('\n');
      return addedLines(file)
        .map(({ line }) => ({ line, text: lines[line - 1] ?? '' }))
        .filter((line) => line.text.trim() !== '');
    },
  };
}

function hasLongLine(text: string): boolean {
  let from = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
    if (end - from > MAX_LINE_CHARS) return true;
    from = end + 1;
  }
  return text.length - from > MAX_LINE_CHARS;
}

function capLines(text: string): string {
  if (text.length <= MAX_LINE_CHARS || !hasLongLine(text)) return text;
  return text
    .split('\n')
    .map((line) => (line.length > MAX_LINE_CHARS ? line.slice(0, MAX_LINE_CHARS) : line))
    .join('\n');
}
