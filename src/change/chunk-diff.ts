import type { ManifestEntry, UnreadReason } from './coverage-manifest.ts';
import { BYTES_PER_TOKEN, estimateTokens } from './estimate-tokens.ts';
import { isDocFile, isLockFile } from './facts/file-kind.ts';
import { isDocument } from './facts/is-document.ts';
import type { LockReason } from './lock-rules.ts';
import type { DiffFile, ParsedDiff } from './parse-diff.ts';
import { type Piece, splitHunk } from './split-hunk.ts';

/** A part of the change that fits one agent call. */
export interface DiffChunk {
  readonly paths: readonly string[];
  /** Unified diff text: file headers and hunks. */
  readonly text: string;
  /** Added and removed lines in it. */
  readonly changedLines: number;
  readonly pieces: readonly Piece[];
}

export interface ChunkOptions {
  /** Estimated tokens of one part, its file headers included. */
  readonly maxTokens: number;
  /** Paths that the base branch declares generated: their content is not read. Undefined = none. */
  readonly isGenerated?: (path: string) => boolean;
  /** From `readLockReasons`. Undefined = no base is at hand: a lock file is what is called so. */
  readonly lockReason?: (path: string) => LockReason | null;
}

function headerOf(file: DiffFile): string {
  const before = file.status === 'added' ? '/dev/null' : `a/${file.previousPath ?? file.path}`;
  const after = file.status === 'deleted' ? '/dev/null' : `b/${file.path}`;
  const rename = file.status === 'renamed' ? `rename from ${file.previousPath ?? ''}\nrename to ${file.path}\n` : '';
  return `${rename}--- ${before}\n+++ ${after}\n`;
}

function skipReason(file: DiffFile, options: ChunkOptions): UnreadReason | null {
  if (file.unreadable !== null) return 'unreadable';
  if (file.binary) return 'binary';
  if (file.mode === '160000') return 'submodule';
  // Its text is a path: what it makes of the tree is not to be seen in the change.
  if (file.mode === '120000') return 'symlink';
  if (isLfsPointer(file)) return 'lfs_pointer';
  if (ODD_NAME.test(file.path) || ODD_NAME.test(file.previousPath ?? '')) return 'odd_name';
  const lock = options.lockReason === undefined ? isLockFile(file.path) && 'lock_file' : options.lockReason(file.path);
  if (lock) return lock;
  return options.isGenerated?.(file.path) === true ? 'generated' : null;
}

/**
 * Control characters and ends of lines would be lines of their own in what is sent, others make a name look like another one;
 * U+FFFD is a name that is no UTF-8.
 */
const ODD_NAME = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufffd]/u;

/** Changed lines with this in them: what was read of them is not what stands there. */
function changedWith(file: DiffFile, text: string): number {
  const changed = file.hunks.flatMap(({ lines }) => lines.filter((line) => line[0] === '+' || line[0] === '-'));
  return changed.filter((line) => line.includes(text)).length;
}

/** What stands in the repository is only the name of what would be shipped; that is nowhere in the change. */
function isLfsPointer({ hunks, status }: DiffFile): boolean {
  const [first] = hunks;
  if (first === undefined || status === 'deleted' || first.newStart > 1) return false;
  return (
    first.lines.find((line) => line[0] !== '-')?.startsWith('version https://git-lfs.github.com/spec/', 1) ?? false
  );
}

/**
 * Why a file is more than what its changed lines show: it may be run now, or its unchanged lines were never read as what they
 * are now, because they stood where nothing is read, or where a document stands.
 */
function unshown(file: DiffFile, options: ChunkOptions): UnreadReason | null {
  if (file.modeChanged) return 'mode_changed';
  const before = file.status === 'renamed' ? file.previousPath : null;
  if (before === null) return null;
  const wasLeftOut = isLockFile(before) || options.isGenerated?.(before) === true;
  return wasLeftOut || (isDocFile(before) && !isDocument(file)) ? 'moved_unread' : null;
}

function readFile(file: DiffFile, options: ChunkOptions): { pieces: Piece[]; entry: ManifestEntry } {
  const { path, blob } = file;
  const changed = file.added + file.removed;
  const skipped = skipReason(file, options);
  if (skipped !== null) {
    const entry = { path, blob, reason: skipped, changed_lines: changed, read_lines: 0, ranges: [] };
    return { pieces: [], entry: { ...entry, status: 'skipped' } };
  }
  const header = headerOf(file);
  // A hunk's own header and the file's are part of what a call is sent.
  const room = Math.max(200, options.maxTokens * BYTES_PER_TOKEN - Buffer.byteLength(header) - 300);
  const split = file.hunks.map((hunk) => splitHunk(path, header, hunk, room));
  const pieces = split.flatMap((part) => part.pieces);
  const tooLong = split.reduce((sum, part) => sum + part.left, 0);
  const noUtf8 = changedWith(file, '\ufffd');
  const left = Math.min(changed, tooLong + noUtf8 + changedWith(file, '\0'));
  const lineReason = tooLong > 0 ? 'line_too_long' : noUtf8 > 0 ? 'not_utf8' : 'control_characters';
  const reason = left > 0 ? lineReason : unshown(file, options);
  const entry: ManifestEntry = {
    path,
    blob,
    status: reason === null ? 'full' : left === changed ? 'skipped' : 'partial',
    reason,
    changed_lines: changed,
    read_lines: changed - left,
    ranges: pieces.map((piece) => [...piece.range]),
  };
  return { pieces, entry };
}

/** A part that is half full ends before such a file, so that what is added to one file does not move all later cuts. */
function endsAPart(path: string): boolean {
  let sum = 0;
  for (const char of path) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 65_521;
  return sum % 2 === 0;
}

function pack(pieces: readonly Piece[], maxTokens: number): DiffChunk[] {
  const chunks: DiffChunk[] = [];
  let text: string[] = [];
  let tokens = 0;
  let held: Piece[] = [];
  const flush = () => {
    if (held.length > 0) {
      const changedLines = held.reduce((sum, piece) => sum + piece.changedLines, 0);
      chunks.push({
        paths: [...new Set(held.map((piece) => piece.path))],
        text: text.join(''),
        changedLines,
        pieces: held,
      });
    }
    text = [];
    tokens = 0;
    held = [];
  };
  for (const piece of pieces) {
    const isNewFile = held.at(-1)?.path !== piece.path;
    const added = (isNewFile ? piece.header : '') + piece.text;
    const cost = estimateTokens(added);
    if (tokens + cost > maxTokens || (isNewFile && tokens > maxTokens / 2 && endsAPart(piece.path))) flush();
    const own = held.at(-1)?.path === piece.path ? piece.text : piece.header + piece.text;
    text.push(own);
    tokens += estimateTokens(own);
    held.push(piece);
  }
  flush();
  return chunks;
}

/**
 * Cuts a change into parts for agent calls, by file, then by hunk, then between functions, and says of every changed
 * file what was read. Nothing is dropped silently: a file that is not read whole is partial or skipped, with its reason.
 */
export function chunkDiff(
  parsed: ParsedDiff,
  options: ChunkOptions,
): { chunks: DiffChunk[]; manifest: ManifestEntry[] } {
  const read = parsed.files.map((file) => readFile(file, options));
  const manifest = new Map<string, ManifestEntry>();
  for (const { entry } of read) {
    // A diff that names a file twice is odd; the worse of the two is what counts.
    const before = manifest.get(entry.path);
    manifest.set(entry.path, before === undefined ? entry : mergeEntries(before, entry));
  }
  return {
    chunks: pack(
      read.flatMap((file) => file.pieces),
      options.maxTokens,
    ),
    manifest: [...manifest.values()],
  };
}

function mergeEntries(a: ManifestEntry, b: ManifestEntry): ManifestEntry {
  return {
    path: a.path,
    blob: b.blob ?? a.blob,
    status: a.status === b.status ? a.status : 'partial',
    reason: a.reason ?? b.reason,
    changed_lines: a.changed_lines + b.changed_lines,
    read_lines: a.read_lines + b.read_lines,
    ranges: [...a.ranges, ...b.ranges],
  };
}
