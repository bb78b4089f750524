import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, openCheckpoint } from '../audit/checkpoint.ts';
import type { VerificationKey } from '../audit/signed-note.ts';
import { replaceFile } from '../delivery/replace-file.ts';

/** Where signed heads are kept outside the database. */
export interface CheckpointPlace {
  readonly directory: string;
  /** The largest one; null where there is none. @throws where something else stands in its file. */
  latest(): Checkpoint | null;
  /** On disk when this returns: the newest of all, and of its day. @throws when the disk refuses. */
  put(note: string, at: Date): void;
}

/**
 * A directory with `<key id>-latest.checkpoint` and one file for each day, whose last checkpoint it holds. Each is replaced
 * as a whole: killed in the middle, the file holds the old or the new one.
 */
export function openCheckpointPlace(directory: string, key: VerificationKey): CheckpointPlace {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const path = (name: string) => join(directory, `${key.id}-${name}.checkpoint`);
  const latest = () => {
    const note = readIfThere(path('latest'));
    if (note === null) return null;
    const checkpoint = openCheckpoint(note, key);
    if (checkpoint === null) throw new Error(`${path('latest')} is not signed with this key: it was altered`);
    return checkpoint;
  };
  return {
    directory,
    latest,
    put(note, at) {
      // Another signer of the same key may be further.
      const mine = openCheckpoint(note, key);
      const there = latest();
      if (mine === null || (there !== null && there.size > mine.size)) return;
      if (there?.size === mine.size && there.chainHash !== mine.chainHash)
        throw new Error(`${directory} holds another head of ${mine.size} entries`);
      replaceFile(path(at.toISOString().slice(0, 10)), note);
      replaceFile(path('latest'), note);
    },
  };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
