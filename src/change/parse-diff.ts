import { parsePatch, type StructuredPatch } from 'diff';
import type { ChangedFile } from './change.ts';

export interface DiffHunk {
  readonly oldStart: number;
  readonly newStart: number;
  /** What git prints after the second `@@`: the enclosing function, or empty. */
  readonly heading: string;
  /** Lines with their sign: ` `, `+`, `-`, or `\`. */
  readonly lines: readonly string[];
}

export interface DiffFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: ChangedFile['status'];
  readonly binary: boolean;
  /** The git mode after the change, where the diff tells it: 160000 is a submodule, 120000 a symlink. */
  readonly mode: string | null;
  /** What may run it, or what it is, changed beside its content: `old mode` and `new mode` in the diff. */
  readonly modeChanged: boolean;
  /** Git's name of the content after the change, where the diff tells it in full; null for a deleted file. */
  readonly blob: string | null;
  readonly hunks: readonly DiffHunk[];
  readonly added: number;
  readonly removed: number;
  /** Not null: this file's change cannot be read from the diff, and why. */
  readonly unreadable: string | null;
}

export interface ParsedDiff {
  readonly files: readonly DiffFile[];
  /** Everything that could not be read or looks wrong, in words. */
  readonly problems: readonly string[];
  /** False when some part of the change was not read: nothing may be concluded from what is absent. */
  readonly complete: boolean;
}

export interface DiffLine {
  readonly line: number;
  readonly text: string;
}

const HEADER = /^diff --(git|cc|combined) /;

/** Cuts the text at file headers. A line of content always starts with a sign, so a header cannot be forged by one. */
function splitSections(text: string): string[] {
  const starts: number[] = [];
  if (HEADER.test(text.slice(0, 20))) starts.push(0);
  for (let at = text.indexOf('\ndiff --'); at >= 0; at = text.indexOf('\ndiff --', at + 1)) {
    if (HEADER.test(text.slice(at + 1, at + 21))) starts.push(at + 1);
  }
  const first = starts[0];
  if (first === undefined) return text.trim() === '' ? [] : [text];
  const sections = starts.map((start, index) => text.slice(start, starts[index + 1] ?? text.length));
  const preamble = text.slice(0, first);
  return /^@@ -/m.test(preamble) ? [preamble, ...sections] : sections;
}

const NEXT_COMMIT = /\n(?:From [0-9a-f]{40} |commit [0-9a-f]{40}\b)/;
const SIGNATURE = /\n-- \n[^\n]{1,60}\n*$/;

/**
 * A patch of several commits has mail headers or a log's head between them, and `git format-patch` signs with what reads
 * like a removed line. No line of a hunk begins with those words, for each has its sign.
 */
function dropTrailer(section: string, mailed: boolean): string {
  const next = NEXT_COMMIT.exec(section)?.index;
  const own = next === undefined ? section : `${section.slice(0, next)}\n`;
  return mailed ? own.replace(SIGNATURE, '\n') : own;
}

/** The exact name from `diff --git a/X b/X`; the `---` line loses spaces at the end. Null when the two sides differ. */
function sameName(section: string): string | null {
  const end = section.indexOf('\n');
  const rest = section.slice('diff --git '.length, end < 0 ? undefined : end);
  // `a/ b/`, or what git writes with diff.mnemonicPrefix: commit, index, object and work tree.
  const [, before] = /^diff --git ([acio])\//.exec(section) ?? [];
  if (before === undefined || /^rename from /m.test(section.slice(0, 2_000)) || (rest.length - 5) % 2 !== 0)
    return null;
  const name = rest.slice(2, 2 + (rest.length - 5) / 2);
  const after = before === 'a' ? 'b' : '[ciow]';
  return rest.startsWith(`${before}/${name} `) &&
    new RegExp(`^${after}/`).test(rest.slice(name.length + 3)) &&
    rest.endsWith(`/${name}`)
    ? name
    : null;
}

function stripPrefix(name: string | undefined, prefix: 'a/' | 'b/'): string | null {
  if (name === undefined || name === '/dev/null' || name === '') return null;
  return name.startsWith(prefix) ? name.slice(2) : name;
}

function statusOf(patch: StructuredPatch, oldPath: string | null, newPath: string | null): ChangedFile['status'] {
  if (patch.isRename) return 'renamed';
  if (patch.isCreate || patch.isCopy || (oldPath === null && newPath !== null)) return 'added';
  if (patch.isDelete || newPath === null) return 'deleted';
  if (patch.hunks.length === 0 && patch.newMode !== undefined && patch.oldMode !== patch.newMode) return 'mode';
  return 'modified';
}

/** The part of a section before its first hunk: the only place where git's own words stand. */
function headOf(section: string): string {
  const at = section.search(/^@@ /m);
  return at < 0 ? section : section.slice(0, at);
}

function toFile(patch: StructuredPatch, section: string, headings: readonly string[]): DiffFile {
  const head = headOf(section);
  const exact = patch.isGit ? sameName(section) : null;
  const oldPath = patch.isCreate ? null : (exact ?? stripPrefix(patch.oldFileName, 'a/'));
  const newPath = patch.isDelete ? null : (exact ?? stripPrefix(patch.newFileName, 'b/'));
  const binary = patch.isBinary === true || /^(?:GIT binary patch|Binary files )/m.test(head);
  const status = statusOf(patch, oldPath, newPath);
  const hunks = patch.hunks.map((hunk, index) => ({
    oldStart: hunk.oldStart,
    newStart: hunk.newStart,
    heading: headings[index] ?? '',
    lines: hunk.lines,
  }));
  const count = (sign: string) =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(sign)).length, 0);
  const explained =
    binary || status === 'renamed' || status === 'mode' || patch.isCreate || patch.isDelete || patch.isCopy;
  const path = newPath ?? oldPath ?? exact ?? 'unknown';
  return {
    path,
    previousPath: oldPath !== null && oldPath !== path ? oldPath : null,
    status,
    binary,
    mode: patch.newMode ?? patch.oldMode ?? /^index [0-9a-f]+\.\.[0-9a-f]+ (\d{6})$/m.exec(head)?.[1] ?? null,
    modeChanged: /^old mode \d+\nnew mode \d+$/m.test(head),
    blob: patch.isDelete ? null : (/^index [0-9a-f]+\.\.([0-9a-f]{40})(?: \d{6})?$/m.exec(head)?.[1] ?? null),
    hunks,
    added: count('+'),
    removed: count('-'),
    unreadable: hunks.length === 0 && !explained ? 'it shows no changed line and no rename, mode or binary mark' : null,
  };
}

function unreadableFile(section: string, reason: string): DiffFile {
  const header = section.slice(0, 4000).split('\n', 1)[0] ?? '';
  const combined = /^diff --(?:cc|combined) (.+)$/.exec(header)?.[1];
  const path =
    combined ??
    sameName(section) ??
    /^(?:\+\+\+ b\/|diff --git .* b\/)([^\t\n]+)/m.exec(section.slice(0, 8000))?.[1] ??
    'unknown';
  return {
    path,
    previousPath: null,
    status: 'modified',
    binary: false,
    mode: null,
    modeChanged: false,
    blob: null,
    hunks: [],
    added: 0,
    removed: 0,
    unreadable: reason,
  };
}

/** A plain rename, which a large change may have thousands of: read without a parser. Null for all else. */
function readPlainRename(section: string): DiffFile | null {
  const found =
    /^diff --git [^\n]+\nsimilarity index 100%\nrename from ([^"\n][^\n]*)\nrename to ([^"\n][^\n]*)\n?$/.exec(section);
  if (found === null) return null;
  const [, previousPath = '', path = ''] = found;
  return {
    path,
    previousPath,
    status: 'renamed',
    binary: false,
    mode: null,
    modeChanged: false,
    blob: null,
    hunks: [],
    added: 0,
    removed: 0,
    unreadable: null,
  };
}

function parseSection(section: string): DiffFile[] {
  const renamed = readPlainRename(section);
  if (renamed !== null) return [renamed];
  if (/^diff --(?:cc|combined) /.test(section))
    return [unreadableFile(section, 'it is a combined diff of a merge; make the diff against one parent')];
  const headings = [...section.matchAll(/^@@ -[\d, +-]+@@ ?([^\n]{0,200})/gm)].map((match) => match[1] ?? '');
  let patches: StructuredPatch[];
  try {
    patches = parsePatch(section);
  } catch (error) {
    const said = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
    return [unreadableFile(section, `it is damaged or cut: ${said}`)];
  }
  const named = patches.filter(
    (patch) => patch.oldFileName !== undefined || patch.newFileName !== undefined || patch.hunks.length > 0,
  );
  if (named.length === 0) return [unreadableFile(section, 'it names no file')];
  let used = 0;
  return named.map((patch) => {
    const own = headings.slice(used, used + patch.hunks.length);
    used += patch.hunks.length;
    return toFile(patch, named.length === 1 ? section : '', own);
  });
}

/**
 * Reads a unified diff file by file. It never throws: what cannot be read is listed, and `complete` is then false.
 * Uses jsdiff for the hunks; the sections are cut first, so that one damaged file does not hide the others.
 */
export function parseDiff(text: string): ParsedDiff {
  const problems: string[] = [];
  const files: DiffFile[] = [];
  const mailed = /^From [0-9a-f]{40} /.test(text.slice(0, 60));
  for (const section of splitSections(text)) files.push(...parseSection(dropTrailer(section, mailed)));
  if (files.length === 0) problems.push('the diff names no file');
  for (const file of files) {
    if (file.unreadable !== null) problems.push(`${file.path}: ${file.unreadable}`);
  }
  if (text !== '' && !text.endsWith('\n'))
    problems.push('the diff does not end with a newline: its last line may be cut');
  return { files, problems, complete: files.length > 0 && files.every((file) => file.unreadable === null) };
}

function numbered(file: DiffFile, sign: '+' | '-'): DiffLine[] {
  const found: DiffLine[] = [];
  for (const hunk of file.hunks) {
    let line = sign === '+' ? hunk.newStart : hunk.oldStart;
    for (const text of hunk.lines) {
      const first = text[0];
      if (first === sign) found.push({ line, text: text.slice(1) });
      if (first === sign || first === ' ' || first === undefined) line += 1;
    }
  }
  return found;
}

const added = new WeakMap<DiffFile, readonly DiffLine[]>();
const removed = new WeakMap<DiffFile, readonly DiffLine[]>();

function remember(held: WeakMap<DiffFile, readonly DiffLine[]>, file: DiffFile, sign: '+' | '-'): readonly DiffLine[] {
  const lines = held.get(file) ?? numbered(file, sign);
  held.set(file, lines);
  return lines;
}

/** Added lines with their line numbers in the new file. */
export function addedLines(file: DiffFile): readonly DiffLine[] {
  return remember(added, file, '+');
}

/** Removed lines with their line numbers in the old file. */
export function removedLines(file: DiffFile): readonly DiffLine[] {
  return remember(removed, file, '-');
}

export function toChangedFile(file: DiffFile): ChangedFile {
  return {
    path: file.path,
    previous_path: file.previousPath,
    status: file.status,
    binary: file.binary,
    added: file.added,
    removed: file.removed,
  };
}
