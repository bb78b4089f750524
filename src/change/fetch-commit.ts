import { PermanentFailure, TransientFailure } from '../errors.ts';
import { Sha } from '../ids.ts';
import type { Mirror } from './mirror.ts';

export type Fetched =
  | { kind: 'present' }
  | { kind: 'unknown'; detail: string }
  | { kind: 'unreachable'; detail: string };
export type Tip = { kind: 'tip'; sha: Sha } | { kind: 'no_branch' } | { kind: 'unreachable'; detail: string };

const FETCH_TIMEOUT_MS = 180_000;
const LIST_TIMEOUT_MS = 45_000;
const BRANCH = /^[A-Za-z0-9](?!.*\.\.)[\w./-]{0,199}$/;

/** The ref of a configured branch. Checked again here, because it is the one name that reaches a command line. */
export function branchRef(branch: string): string {
  if (!BRANCH.test(branch) || branch.endsWith('.lock') || branch.endsWith('/') || branch.endsWith('.')) {
    throw new PermanentFailure('BAD_BRANCH', 'the configured target_branch is not a plain branch name');
  }
  return `refs/heads/${branch}`;
}

/** Asks the remote which commit a ref names. The ref is a constant or comes from the configuration. */
export async function readTip(mirror: Mirror, ref: string, signal: AbortSignal): Promise<Tip> {
  const result = await mirror.run(['ls-remote', '--quiet', '--end-of-options', mirror.remote.url, ref], {
    signal,
    timeoutMs: LIST_TIMEOUT_MS,
  });
  if (result.exitCode !== 0) return { kind: 'unreachable', detail: result.stderr };
  for (const line of result.stdout.toString('utf8').split('\n')) {
    const [name, found] = line.split('\t');
    // ls-remote matches the end of names: refs/x/refs/heads/main answers too.
    if (found === ref) return { kind: 'tip', sha: Sha.parse(name) };
  }
  return { kind: 'no_branch' };
}

async function fetchRefspec(mirror: Mirror, refspec: string, signal: AbortSignal): Promise<string | null> {
  const flags = [
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-gc',
    '--no-auto-maintenance',
    '--no-recurse-submodules',
    '--no-show-forced-updates',
  ];
  const result = await mirror.run(['fetch', ...flags, '--end-of-options', mirror.remote.url, refspec], {
    signal,
    timeoutMs: FETCH_TIMEOUT_MS,
  });
  return result.exitCode === 0 ? null : result.stderr;
}

async function fetchInto(mirror: Mirror, sha: Sha, prNumber: number | null, signal: AbortSignal): Promise<Fetched> {
  const refused = await fetchRefspec(mirror, sha, signal);
  if (refused === null && (await mirror.has(sha, signal))) return { kind: 'present' };
  if (refused === null) return { kind: 'unknown', detail: `${sha} is not a commit` };

  // Git gives no code for "no such object"; a remote that still lists its refs is reachable and did not have it.
  const ref = prNumber === null ? 'HEAD' : `refs/pull/${prNumber}/head`;
  const tip = await readTip(mirror, ref, signal);
  if (tip.kind === 'unreachable') return tip;
  if (prNumber !== null && tip.kind === 'tip' && tip.sha === sha) {
    await fetchRefspec(mirror, ref, signal);
    if (await mirror.has(sha, signal)) return { kind: 'present' };
  }
  return { kind: 'unknown', detail: `the repository does not give out ${sha}: ${refused}` };
}

/** Brings a commit with its history into the mirror and keeps it. Asks the remote only when it is not here yet. */
export async function fetchCommit(
  mirror: Mirror,
  sha: Sha,
  prNumber: number | null,
  signal: AbortSignal,
): Promise<Fetched> {
  if (await mirror.isKept(sha, signal)) return { kind: 'present' };
  return mirror.exclusively(signal, async () => {
    const fetched: Fetched = (await mirror.has(sha, signal))
      ? { kind: 'present' }
      : await fetchInto(mirror, sha, prNumber, signal);
    if (fetched.kind === 'present') await mirror.keep([sha], signal);
    return fetched;
  });
}

/** For callers that cannot go on without the commit. */
export async function requireCommit(mirror: Mirror, sha: Sha, signal: AbortSignal): Promise<void> {
  if (await mirror.has(sha, signal)) return;
  const fetched = await fetchCommit(mirror, sha, null, signal);
  if (fetched.kind === 'unreachable') throw new TransientFailure('REPOSITORY_UNREACHABLE', fetched.detail);
  if (fetched.kind === 'unknown') {
    throw new PermanentFailure(
      'UNKNOWN_COMMIT',
      `${fetched.detail}. A merge is known only where the change was resolved: resolve it here with the same request first`,
    );
  }
}
