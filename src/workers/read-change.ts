import type { ChangeRepository, Inspection } from '../change/change.ts';
import { chunkDiff, type DiffChunk, type ManifestEntry } from '../change/chunk-diff.ts';
import { inspectChange } from '../change/inspect.ts';
import { parseDiff } from '../change/parse-diff.ts';
import type { ResolvedService } from '../config/config.ts';
import { Sha } from '../ids.ts';
import type { Run } from '../store/tables.ts';

/** Larger diffs are not read at all, which a person is told. */
const MAX_DIFF_BYTES = 5_000_000;
/** About 40,000 tokens a chunk. */
const MAX_CHUNK_CHARS = 120_000;
const MAX_CHUNKS = 12;

export interface ReadChange {
  readonly diff: string | null;
  readonly inspection: Inspection;
  readonly chunks: readonly DiffChunk[];
  readonly manifest: readonly unknown[];
  /** Not null when the diff cannot be reviewed whole. */
  readonly tooLarge: string | null;
}

export type ReadingRepository = Pick<ChangeRepository, 'diff' | 'commitMessages' | 'readFile' | 'listFiles'>;

/** Everything the review says about a change without a model. The same shas give the same reading. */
export async function readChange(
  repository: ReadingRepository,
  service: ResolvedService,
  run: Run,
  signal: AbortSignal,
): Promise<ReadChange> {
  const url = service.repository;
  const base = Sha.parse(run.base_sha);
  const head = Sha.parse(run.head_sha);
  const diff = await repository.diff(url, base, head, MAX_DIFF_BYTES, signal);
  const inspection = await inspectChange({
    diffText: diff ?? '',
    commitMessages: await repository.commitMessages(url, base, head, signal),
    readBase: (path) => repository.readFile(url, base, path, signal),
    readHead: (path) => repository.readFile(url, head, path, signal),
    listBase: () => repository.listFiles(url, base, signal),
    sensitivePaths: service.sensitive_paths,
  });
  if (diff === null) {
    const problem = `the diff is larger than ${MAX_DIFF_BYTES} bytes and was not read`;
    return {
      diff,
      inspection: { ...inspection, problems: [...inspection.problems, problem] },
      chunks: [],
      manifest: [],
      tooLarge: problem,
    };
  }
  const { chunks, manifest } = chunkDiff(parseDiff(diff), { maxChars: MAX_CHUNK_CHARS });
  const read = { ...inspection, problems: [...inspection.problems, ...manifest.flatMap(describeUnread)] };
  if (chunks.length <= MAX_CHUNKS) return { diff, inspection: read, chunks, manifest, tooLarge: null };
  return {
    diff,
    inspection: read,
    chunks: [],
    manifest,
    tooLarge: `the change needs ${chunks.length} calls to be read, the limit is ${MAX_CHUNKS}`,
  };
}

/** What no reviewer will see is a person's to look at. Other things that are not read have a fact or a problem of their own. */
function describeUnread({ path, reason, changed_lines, read_lines }: ManifestEntry): string[] {
  if (reason !== 'line_too_long' && reason !== 'submodule') return [];
  return [
    `${path}: ${changed_lines - read_lines} of ${changed_lines} changed lines were not read (${reason.replaceAll('_', ' ')})`,
  ];
}
