import { redactLines, redactSecrets } from '../agents/redact-secrets.ts';
import type { ChangeRepository, Inspection } from '../change/change.ts';
import { chunkDiff, type DiffChunk } from '../change/chunk-diff.ts';
import {
  type Coverage,
  coverageOf,
  isExcluded,
  type ManifestEntry,
  reconcileManifest,
} from '../change/coverage-manifest.ts';
import { isLockFile } from '../change/facts/file-kind.ts';
import { isDocument } from '../change/facts/is-document.ts';
import { makeIsGenerated } from '../change/generated-files.ts';
import { inspectInThread } from '../change/inspect-in-thread.ts';
import { readLockReasons } from '../change/lock-rules.ts';
import { type DiffFile, type ParsedDiff, parseDiff } from '../change/parse-diff.ts';
import { widenHunks } from '../change/widen-hunks.ts';
import type { ResolvedService } from '../config/config.ts';
import type { ReviewSettings } from '../config/schema.ts';
import { Sha } from '../ids.ts';
import type { Run } from '../store/tables.ts';

/** Larger diffs are not read at all, which a person is told. */
const MAX_DIFF_BYTES = 5_000_000;
const MAX_ATTRIBUTE_FILES = 200;
/** Of whole files at the head; those beyond are known by their hunks. */
const MAX_HELD_CHARS = 30_000_000;
const READ_AT_ONCE = 32;

export interface ReadChange {
  readonly diff: string | null;
  readonly inspection: Inspection;
  /** What is sent, credentials taken out: each hunk with the function around it. */
  readonly chunks: readonly DiffChunk[];
  /** The change as it is sent, before it is cut: hunks as in the diff, credentials taken out, excluded files left out. */
  readonly files: readonly DiffFile[];
  /** The same with the excluded files. */
  readonly changed: readonly DiffFile[];
  readonly manifest: readonly ManifestEntry[];
  readonly coverage: Coverage;
  /** Not null when the diff cannot be reviewed whole. */
  readonly tooLarge: string | null;
  /** Text of a changed code file at the head, credentials taken out; null for every other path. */
  readonly headText: (path: string) => string | null;
}

export type ReadingRepository = Pick<
  ChangeRepository,
  'diff' | 'listChanges' | 'commitMessages' | 'readFile' | 'listFiles'
>;

/** Everything the review says about a change without a model. The same shas give the same reading. */
export async function readChange(
  repository: ReadingRepository,
  service: ResolvedService,
  settings: ReviewSettings,
  run: Run,
  signal: AbortSignal,
): Promise<ReadChange> {
  const url = service.repository;
  const base = Sha.parse(run.base_sha);
  const head = Sha.parse(run.head_sha);
  const readHead = remembered((path) => repository.readFile(url, head, path, signal));
  const [diff, changes] = [
    await repository.diff(url, base, head, MAX_DIFF_BYTES, signal),
    await repository.listChanges(url, base, head, signal),
  ];
  const inspection = await inspectInThread(
    {
      diffText: diff ?? '',
      commitMessages: await repository.commitMessages(url, base, head, signal),
      readBase: (path) => repository.readFile(url, base, path, signal),
      readHead,
      listBase: () => repository.listFiles(url, base, signal),
      sensitivePaths: service.sensitive_paths,
    },
    signal,
  );
  if (diff === null) {
    const problem = `the diff is larger than ${MAX_DIFF_BYTES} bytes and was not read`;
    const { manifest } = reconcileManifest([], changes);
    const read = { ...inspection, problems: [...inspection.problems, problem] };
    return {
      diff,
      inspection: read,
      chunks: [],
      files: [],
      changed: [],
      manifest,
      coverage: coverageOf(manifest),
      tooLarge: problem,
      headText: () => null,
    };
  }
  const parsed = parseDiff(diff);
  const basePaths = await repository.listFiles(url, base, signal);
  const readBase = (path: string) => repository.readFile(url, base, path, signal);
  const isGenerated = generatedOnBothSides(parsed, makeIsGenerated(await readAttributes(basePaths, readBase)));
  const lockReason = await readLockReasons(parsed.files, { basePaths, readBase });
  const options = { maxTokens: settings.max_part_tokens, isGenerated, lockReason };
  const sent = await redacted(parsed, readHead);
  const cut = chunkDiff(sent.widened, options);
  const listed = reconcileManifest(cut.manifest, changes);
  const tooLarge =
    cut.chunks.length <= settings.max_parts
      ? null
      : `the change needs ${cut.chunks.length} calls to be read, the limit is ${settings.max_parts}`;
  const manifest = tooLarge === null ? listed.manifest : listed.manifest.map(unread);
  const problems = [...inspection.problems, ...listed.problems, ...describeGaps(manifest, tooLarge)];
  return {
    diff,
    inspection: { ...inspection, problems },
    chunks: tooLarge === null ? cut.chunks : [],
    changed: sent.files,
    files: sent.files.filter((file) => lockReason(file.path) === null && !isGenerated(file.path)),
    manifest,
    coverage: coverageOf(manifest),
    tooLarge,
    headText: (path) => sent.texts.get(path) ?? null,
  };
}

/** A file that is moved to where the base has generated files is not one of them for that: it was none before. */
function generatedOnBothSides(
  { files }: ParsedDiff,
  isGenerated: (path: string) => boolean,
): (path: string) => boolean {
  const movedIn = new Set(
    files.filter(({ previousPath }) => previousPath !== null && !isGenerated(previousPath)).map(({ path }) => path),
  );
  return (path) => isGenerated(path) && !movedIn.has(path);
}

/** `.gitattributes` of the base: what the change itself says about its files is not asked. */
async function readAttributes(basePaths: readonly string[], readBase: (path: string) => Promise<string | null>) {
  const paths = basePaths
    .filter((path) => path === '.gitattributes' || path.endsWith('/.gitattributes'))
    .slice(0, MAX_ATTRIBUTE_FILES);
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await readBase(path) })));
  return texts.flatMap(({ path, text }) => (text === null ? [] : [{ path, text }]));
}

/** The change without its credentials, and the same with the enclosing functions around the hunks of code. */
async function redacted(
  parsed: ParsedDiff,
  readHead: (path: string) => Promise<string | null>,
): Promise<{ files: DiffFile[]; widened: ParsedDiff; texts: Map<string, string> }> {
  const files = parsed.files.map((file) => ({
    ...file,
    hunks: file.hunks.map((hunk) => ({
      ...hunk,
      heading: redactSecrets(hunk.heading),
      lines: redactLines(hunk.lines),
    })),
  }));
  const texts = new Map<string, string>();
  const code = files.filter((file) => isReadCode(file));
  let chars = 0;
  for (let at = 0; at < code.length && chars < MAX_HELD_CHARS; at += READ_AT_ONCE) {
    const paths = code.slice(at, at + READ_AT_ONCE).map(({ path }) => path);
    for (const [index, text] of (await Promise.all(paths.map(readHead))).entries()) {
      if (text === null) continue;
      chars += text.length;
      texts.set(paths[index] ?? '', redactSecrets(text));
    }
  }
  const widened = files.map((file) => {
    const text = texts.get(file.path);
    return text === undefined ? file : widenHunks(file, text);
  });
  return { files, widened: { ...parsed, files: widened }, texts };
}

function isReadCode(file: DiffFile): boolean {
  if (file.hunks.length === 0 || file.binary || file.status === 'deleted') return false;
  return !isLockFile(file.path) && !isDocument(file);
}

function unread(entry: ManifestEntry): ManifestEntry {
  if (isExcluded(entry)) return entry;
  return { ...entry, status: 'skipped', reason: entry.reason ?? 'too_many_parts', read_lines: 0, ranges: [] };
}

/** What no reviewer will see is a person's to look at. A binary and a damaged file have a reason of their own. */
function describeGaps(manifest: readonly ManifestEntry[], tooLarge: string | null): string[] {
  if (tooLarge !== null) return [tooLarge];
  return [...coverageOf(manifest.filter(({ reason }) => reason !== 'binary' && reason !== 'unreadable')).gaps];
}

function remembered(read: (path: string) => Promise<string | null>): (path: string) => Promise<string | null> {
  const held = new Map<string, Promise<string | null>>();
  return (path) => {
    const known = held.get(path) ?? read(path);
    held.set(path, known);
    return known;
  };
}
