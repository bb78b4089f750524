import { createHash } from 'node:crypto';
import { PermanentFailure } from '../errors.ts';
import { Digest, type Sha } from '../ids.ts';
import { type Git, gitOutput } from './run-git.ts';

/** Everything that could make the text depend on the machine or on the repository's own attributes is fixed here. */
const DIFF = [
  'diff',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--patch',
  '--full-index',
  '--find-renames=50%',
  '--diff-algorithm=myers',
  '--unified=3',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--submodule=short',
  '--ignore-submodules=none',
  '--end-of-options',
];

const DIFF_TIMEOUT_MS = 120_000;

/** The unified diff of two commits, or null when it is longer than `maxBytes`. */
export async function readDiff(
  git: Git,
  base: Sha,
  head: Sha,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string | null> {
  const result = await git.run([...DIFF, base, head], { signal, maxBytes, timeoutMs: DIFF_TIMEOUT_MS });
  if (result.cut) return null;
  if (result.exitCode !== 0)
    await gitOutput(git.run, [...DIFF, base, head], { signal, maxBytes, timeoutMs: DIFF_TIMEOUT_MS });
  return result.stdout.toString('utf8');
}

/** The unified diff of two commits as it comes. */
export function streamDiff(git: Git, base: Sha, head: Sha, signal: AbortSignal): AsyncGenerator<Uint8Array, undefined> {
  return git.stream([...DIFF, base, head], { signal, timeoutMs: DIFF_TIMEOUT_MS });
}

/** SHA-256 of the diff's bytes, however long it is. */
export async function digestDiff(git: Git, base: Sha, head: Sha, signal: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of streamDiff(git, base, head, signal)) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  if (bytes === 0) throw new PermanentFailure('EMPTY_DIFF', 'two commits with different trees gave an empty diff');
  return Digest.parse(hash.digest('hex'));
}
