import { PermanentFailure } from '../errors.ts';
import type { Sha } from '../ids.ts';
import type { Mirror } from './mirror.ts';
import { gitOutput } from './run-git.ts';

/** One changed file as git's machine-readable listing names it. */
export interface RawChange {
  readonly path: string;
  /** Git's name of the content at the head; null for a deleted file. */
  readonly blob: string | null;
}

const MAX_LISTING_BYTES = 64 * 1024 * 1024;
const NOTHING = '0'.repeat(40);

/** The changed files of base..head with the same rename rule as the diff, from `--raw -z`: no name in it needs unquoting. */
export async function listChanges(mirror: Mirror, base: Sha, head: Sha, signal: AbortSignal): Promise<RawChange[]> {
  const args = [
    'diff',
    '--raw',
    '-z',
    '--no-abbrev',
    '--no-ext-diff',
    '--find-renames=50%',
    '--ignore-submodules=none',
    '--end-of-options',
    base,
    head,
  ];
  const out = await gitOutput(mirror.run, args, { signal, maxBytes: MAX_LISTING_BYTES });
  return parseRaw(out.toString('utf8'));
}

/** `:mode mode object object status NUL path NUL`, with a second path where the status is a rename or a copy. */
export function parseRaw(text: string): RawChange[] {
  const fields = text.split('\0');
  const changes: RawChange[] = [];
  for (let at = 0; at < fields.length - 1; ) {
    const [, , , object, status] = (fields[at] ?? '').split(' ');
    const two = status?.startsWith('R') === true || status?.startsWith('C') === true;
    const path = fields[at + (two ? 2 : 1)];
    if (object === undefined || status === undefined || path === undefined || path === '')
      throw new PermanentFailure('GIT_FAILED', 'git diff --raw answered in a form that is not known');
    changes.push({ path, blob: object === NOTHING ? null : object });
    at += two ? 3 : 2;
  }
  return changes;
}
