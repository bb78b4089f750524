import { z } from 'zod';
import type { RawChange } from './list-changes.ts';

/** Left out on purpose, by rules the change cannot touch: lock files that the base knows, and `.gitattributes` at the base. */
const EXCLUDING = ['lock_file', 'generated'] as const;
const UNREAD = [
  'binary',
  'unreadable',
  'line_too_long',
  'not_utf8',
  'submodule',
  'symlink',
  'odd_name',
  'control_characters',
  'lfs_pointer',
  'moved_unread',
  'mode_changed',
  'lock_source',
  'too_many_parts',
  'not_in_diff',
] as const;

/** What was read of one changed file. Every changed file stands in the manifest exactly once. */
export const ManifestEntry = z.strictObject({
  path: z.string(),
  status: z.enum(['full', 'partial', 'skipped']),
  /** Null for full. */
  reason: z.enum([...EXCLUDING, ...UNREAD]).nullable(),
  /** Git's name of the content at the head; null for a deleted file, or where only a diff is at hand that does not say. */
  blob: z.string().nullable(),
  changed_lines: z.int().min(0),
  read_lines: z.int().min(0),
  /** Line ranges of the new file that stand in the parts sent, both ends included. */
  ranges: z.array(z.tuple([z.int(), z.int()])),
});
export type ManifestEntry = z.infer<typeof ManifestEntry>;
export type UnreadReason = NonNullable<ManifestEntry['reason']>;

export interface Coverage {
  readonly files: number;
  /** Added and removed lines of the whole change. */
  readonly changed_lines: number;
  /** Of them in files that were excluded. */
  readonly excluded_lines: number;
  readonly read_lines: number;
  /** Every changed line that is not excluded was read. Anything less is never automated. */
  readonly complete: boolean;
  /** What was not read and should have been, in words. */
  readonly gaps: readonly string[];
}

export function isExcluded(entry: ManifestEntry): boolean {
  return EXCLUDING.some((reason) => reason === entry.reason);
}

/** What the manifest adds up to. An empty manifest is not complete: then nothing is known to have been read. */
export function coverageOf(manifest: readonly ManifestEntry[]): Coverage {
  const sum = (entries: readonly ManifestEntry[], of: 'changed_lines' | 'read_lines') =>
    entries.reduce((total, entry) => total + entry[of], 0);
  const gaps = manifest.filter((entry) => entry.status !== 'full' && !isExcluded(entry)).map(describeGap);
  return {
    files: manifest.length,
    changed_lines: sum(manifest, 'changed_lines'),
    excluded_lines: sum(manifest.filter(isExcluded), 'changed_lines'),
    read_lines: sum(manifest, 'read_lines'),
    complete: manifest.length > 0 && gaps.length === 0,
    gaps,
  };
}

function describeGap({ path, reason, changed_lines, read_lines }: ManifestEntry): string {
  const why = (reason ?? 'unknown').replaceAll('_', ' ');
  if (changed_lines === 0) return `${path} was not read (${why})`;
  return changed_lines === read_lines
    ? `${path} is more than its changed lines (${why})`
    : `${path}: ${changed_lines - read_lines} of ${changed_lines} changed lines were not read (${why})`;
}

/**
 * The manifest of a change as git itself lists it, so that a diff whose text hides a file cannot hide it from the count:
 * what git names and the diff does not is `not_in_diff`, what only the diff names is kept and said to be odd.
 */
export function reconcileManifest(
  manifest: readonly ManifestEntry[],
  changes: readonly RawChange[],
): { manifest: ManifestEntry[]; problems: string[] } {
  const read = new Map(manifest.map((entry) => [entry.path, entry]));
  const listed = changes.map((change): ManifestEntry => {
    const entry = read.get(change.path);
    read.delete(change.path);
    if (entry !== undefined) return { ...entry, blob: change.blob };
    const { path, blob } = change;
    return { path, status: 'skipped', reason: 'not_in_diff', blob, changed_lines: 0, read_lines: 0, ranges: [] };
  });
  const problems = [...read.keys()].map((path) => `${path}: stands in the diff, but git lists no change of it`);
  return { manifest: [...listed, ...read.values()], problems };
}
