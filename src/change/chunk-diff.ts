import { isLockFile } from './facts/file-kind.ts';
import type { DiffFile, DiffHunk, ParsedDiff } from './parse-diff.ts';

/** A part of the change that fits one agent call. */
export interface DiffChunk {
  readonly paths: readonly string[];
  /** Unified diff text: file headers and hunks. */
  readonly text: string;
  /** Added and removed lines in it. */
  readonly changedLines: number;
}

/** What was read of one changed file. Every changed file stands in the manifest exactly once. */
export interface ManifestEntry {
  readonly path: string;
  readonly status: 'full' | 'partial' | 'skipped';
  /** Null for full. */
  readonly reason: 'binary' | 'lock_file' | 'unreadable' | 'line_too_long' | 'submodule' | null;
  readonly changed_lines: number;
  readonly read_lines: number;
  /** Line ranges of the new file that stand in the chunks, both ends included. */
  readonly ranges: readonly (readonly [number, number])[];
}

interface Piece {
  readonly path: string;
  readonly header: string;
  readonly text: string;
  readonly changedLines: number;
  readonly range: readonly [number, number];
}

function isChanged(line: string): boolean {
  return line.startsWith('+') || line.startsWith('-');
}

function headerOf(file: DiffFile): string {
  const before = file.status === 'added' ? '/dev/null' : `a/${file.previousPath ?? file.path}`;
  const after = file.status === 'deleted' ? '/dev/null' : `b/${file.path}`;
  const rename = file.status === 'renamed' ? `rename from ${file.previousPath ?? ''}\nrename to ${file.path}\n` : '';
  return `${rename}--- ${before}\n+++ ${after}\n`;
}

/** Cuts one hunk into pieces of at most `room` characters, each with line numbers of its own. Longer lines are left out. */
function splitHunk(path: string, header: string, hunk: DiffHunk, room: number): { pieces: Piece[]; left: number } {
  const pieces: Piece[] = [];
  let left = 0;
  let oldLine = hunk.oldStart;
  let newLine = hunk.newStart;
  let start = { oldLine, newLine };
  let lines: string[] = [];
  let chars = 0;

  const flush = () => {
    const changedLines = lines.filter(isChanged).length;
    if (changedLines > 0) {
      const at = `@@ -${start.oldLine},${oldLine - start.oldLine} +${start.newLine},${newLine - start.newLine} @@`;
      const text = `${at}${hunk.heading === '' ? '' : ` ${hunk.heading}`}\n${lines.join('\n')}\n`;
      pieces.push({ path, header, text, changedLines, range: [start.newLine, Math.max(start.newLine, newLine - 1)] });
    }
    lines = [];
    chars = 0;
  };

  for (const line of hunk.lines) {
    const tooLong = line.length > room;
    if (tooLong || chars + line.length + 1 > room) {
      flush();
      start = { oldLine, newLine };
    }
    const sign = line[0] ?? ' ';
    if (sign !== '+' && sign !== '\\') oldLine += 1;
    if (sign !== '-' && sign !== '\\') newLine += 1;
    if (tooLong) {
      if (isChanged(line)) left += 1;
      start = { oldLine, newLine };
      continue;
    }
    lines.push(line);
    chars += line.length + 1;
  }
  flush();
  return { pieces, left };
}

function skipReason(file: DiffFile): ManifestEntry['reason'] {
  if (file.unreadable !== null) return 'unreadable';
  if (file.binary) return 'binary';
  if (file.mode === '160000') return 'submodule';
  return isLockFile(file.path) ? 'lock_file' : null;
}

function readFile(file: DiffFile, maxChars: number): { pieces: Piece[]; entry: ManifestEntry } {
  const changed = file.added + file.removed;
  const skipped = skipReason(file);
  if (skipped !== null) {
    return {
      pieces: [],
      entry: { path: file.path, status: 'skipped', reason: skipped, changed_lines: changed, read_lines: 0, ranges: [] },
    };
  }
  const header = headerOf(file);
  // A hunk's own header and the file's are part of what a call is sent.
  const room = Math.max(200, maxChars - header.length - 300);
  const split = file.hunks.map((hunk) => splitHunk(file.path, header, hunk, room));
  const pieces = split.flatMap((part) => part.pieces);
  const left = split.reduce((sum, part) => sum + part.left, 0);
  const status = left === 0 ? 'full' : left === changed ? 'skipped' : 'partial';
  const entry: ManifestEntry = {
    path: file.path,
    status,
    reason: left === 0 ? null : 'line_too_long',
    changed_lines: changed,
    read_lines: changed - left,
    ranges: pieces.map((piece) => piece.range),
  };
  return { pieces, entry };
}

function pack(pieces: readonly Piece[], maxChars: number): DiffChunk[] {
  const chunks: DiffChunk[] = [];
  let text = '';
  let paths: string[] = [];
  let changedLines = 0;
  for (const piece of pieces) {
    const header = paths.at(-1) === piece.path ? '' : piece.header;
    if (text !== '' && text.length + header.length + piece.text.length > maxChars) {
      chunks.push({ paths, text, changedLines });
      text = '';
      paths = [];
      changedLines = 0;
    }
    text += (paths.at(-1) === piece.path ? '' : piece.header) + piece.text;
    if (paths.at(-1) !== piece.path) paths.push(piece.path);
    changedLines += piece.changedLines;
  }
  if (text !== '') chunks.push({ paths, text, changedLines });
  return chunks;
}

/**
 * Cuts a change into parts for agent calls, by file and then by hunk, and says of every changed file what was read.
 * Nothing is dropped silently: a file that is not read whole is partial or skipped, with its reason.
 */
export function chunkDiff(
  parsed: ParsedDiff,
  options: { maxChars: number },
): { chunks: DiffChunk[]; manifest: ManifestEntry[] } {
  const read = parsed.files.map((file) => readFile(file, options.maxChars));
  const manifest = new Map<string, ManifestEntry>();
  for (const { entry } of read) {
    // A diff that names a file twice is odd; the worse of the two is what counts.
    const before = manifest.get(entry.path);
    manifest.set(entry.path, before === undefined ? entry : mergeEntries(before, entry));
  }
  return {
    chunks: pack(
      read.flatMap((file) => file.pieces),
      options.maxChars,
    ),
    manifest: [...manifest.values()],
  };
}

function mergeEntries(a: ManifestEntry, b: ManifestEntry): ManifestEntry {
  const status = a.status === b.status ? a.status : 'partial';
  return {
    path: a.path,
    status,
    reason: a.reason ?? b.reason,
    changed_lines: a.changed_lines + b.changed_lines,
    read_lines: a.read_lines + b.read_lines,
    ranges: [...a.ranges, ...b.ranges],
  };
}
