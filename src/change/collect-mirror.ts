import { access, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Sha } from '../ids.ts';
import type { Mirror } from './mirror.ts';
import { gitOutput } from './run-git.ts';

/** Young enough to belong to a merge that is being made: nothing keeps it yet. */
const SPARED = '1.day.ago';
const EVERY_MS = 23 * 3_600_000;
/** Below what others wait for the mirror; a repository that takes longer stays as large as it is. */
const REPACK_TIMEOUT_MS = 240_000;

export interface MirrorCollection {
  /** Commits that are no longer kept by a ref; their objects go the next time. */
  readonly released: number;
  /** Commits that somebody needs again, released the last time. */
  readonly kept: number;
}

/**
 * Lets go of commits that nobody needs, once a day, and packs what stays. Whoever looked a commit up just before it was
 * released still has it for a day: what is on its run by then is kept again, and only the next collection removes objects.
 * Returns null when the mirror was collected within the last day. @throws TransientFailure GIT_TIMEOUT for a repository
 * that takes longer than four minutes to pack; nothing is lost.
 */
export async function collectMirror(
  mirror: Mirror,
  needed: ReadonlySet<Sha>,
  now: number,
  signal: AbortSignal,
): Promise<MirrorCollection | null> {
  const stamp = join(mirror.gitDir, 'slipway-collected');
  const isDue = async () =>
    now -
      (await stat(stamp).then(
        (info) => info.mtimeMs,
        () => 0,
      )) >=
    EVERY_MS;
  if (!(await isDue())) return null;
  return mirror.exclusively(signal, async () => {
    if (!(await isDue())) return null;
    const refs = await listKept(mirror, signal);
    const again = await listPresent(
      mirror,
      [...needed].filter((sha) => !refs.has(sha)),
      signal,
    );
    if (again.length > 0) await mirror.keep(again, signal);
    await repack(mirror, signal);
    // Before the release: who dies in between releases tomorrow, and removes nothing that was released just now.
    await writeFile(stamp, '');
    const released = [...refs].filter((sha) => !needed.has(sha));
    await mirror.release(released, signal);
    return { released: released.length, kept: again.length };
  });
}

async function listKept(mirror: Mirror, signal: AbortSignal): Promise<Set<Sha>> {
  const out = await gitOutput(mirror.run, ['for-each-ref', '--format=%(objectname)', 'refs/slipway/keep'], { signal });
  return new Set(
    out
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => Sha.parse(line)),
  );
}

async function listPresent(mirror: Mirror, shas: readonly Sha[], signal: AbortSignal): Promise<Sha[]> {
  const input = shas.map((sha) => `${sha}\n`).join('');
  const out = await gitOutput(mirror.run, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input, signal });
  return out
    .toString('utf8')
    .split('\n')
    .filter((line) => line.endsWith(' commit'))
    .map((line) => Sha.parse(line.split(' ')[0]));
}

/**
 * One pack of all that is kept. Each process that uses the mirror sees a new HEAD and forgets which commits it had seen
 * here. A mirror that borrows its objects has nothing to pack, and what it no longer needs may be gone already.
 */
async function repack({ run, gitDir }: Mirror, signal: AbortSignal): Promise<void> {
  const borrows = await access(join(gitDir, 'objects', 'info', 'alternates')).then(
    () => true,
    () => false,
  );
  if (!borrows) {
    const call = { signal, timeoutMs: REPACK_TIMEOUT_MS };
    await gitOutput(run, ['repack', '-A', '-d', '--quiet', `--unpack-unreachable=${SPARED}`], call);
    await gitOutput(run, ['prune', `--expire=${SPARED}`], call);
    await gitOutput(run, ['pack-refs', '--all'], call);
  }
  const head = join(gitDir, 'HEAD');
  await writeFile(`${head}.new`, await readFile(head));
  await rename(`${head}.new`, head);
}
