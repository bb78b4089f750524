import { PermanentFailure, TransientFailure } from '../errors.ts';
import type { Sha } from '../ids.ts';
import type { ChangeRepository } from './change.ts';
import { branchRef, fetchCommit, readTip, requireCommit } from './fetch-commit.ts';
import type { Mirror } from './mirror.ts';

type Request = Parameters<ChangeRepository['pushTarget']>[1];
type Pushed = Awaited<ReturnType<ChangeRepository['pushTarget']>>;

const PUSH_TIMEOUT_MS = 120_000;

/** True when `ancestor` is reachable from `descendant`. Both must be in the mirror. */
export async function isAncestorHere(
  mirror: Mirror,
  ancestor: Sha,
  descendant: Sha,
  signal: AbortSignal,
): Promise<boolean> {
  const result = await mirror.run(['merge-base', '--is-ancestor', ancestor, descendant], { signal });
  if (result.exitCode === 0) return true;
  if (result.exitCode === 1) return false;
  throw new TransientFailure('GIT_FAILED', `git merge-base exited ${result.exitCode}: ${result.stderr}`);
}

/** What the remote says now: `next` is in, the branch is where it is expected, or it is somewhere else. */
async function readStanding(
  mirror: Mirror,
  request: Request,
  ref: string,
  signal: AbortSignal,
): Promise<'already_there' | 'expected' | 'moved'> {
  const tip = await readTip(mirror, ref, signal);
  if (tip.kind === 'unreachable') throw new TransientFailure('REPOSITORY_UNREACHABLE', tip.detail);
  if (tip.kind === 'no_branch') return 'moved';
  if (tip.sha === request.next) return 'already_there';
  if (tip.sha === request.expected) return 'expected';
  const fetched = await fetchCommit(mirror, tip.sha, null, signal);
  if (fetched.kind === 'unreachable') throw new TransientFailure('REPOSITORY_UNREACHABLE', fetched.detail);
  if (fetched.kind === 'unknown') return 'moved';
  return (await isAncestorHere(mirror, request.next, tip.sha, signal)) ? 'already_there' : 'moved';
}

/**
 * Moves the target branch from `expected` to `next`, or not at all: the remote compares and swaps. A push whose answer
 * was lost is found by looking again, so a second call never pushes twice. History is only ever extended.
 */
export async function pushTarget(mirror: Mirror, request: Request, signal: AbortSignal): Promise<Pushed> {
  const ref = branchRef(request.targetBranch);
  const before = await readStanding(mirror, request, ref, signal);
  if (before !== 'expected') return before;
  await requireCommit(mirror, request.expected, signal);
  await requireCommit(mirror, request.next, signal);
  if (!(await isAncestorHere(mirror, request.expected, request.next, signal))) {
    throw new PermanentFailure(
      'NOT_A_FAST_FORWARD',
      `${request.next} does not contain ${request.expected}: pushing it would drop commits of ${request.targetBranch}`,
    );
  }

  const lease = `--force-with-lease=${ref}:${request.expected}`;
  const args = [
    'push',
    '--quiet',
    '--porcelain',
    '--no-verify',
    '--no-follow-tags',
    '--no-thin',
    '--no-recurse-submodules',
    lease,
  ];
  const result = await mirror.run([...args, '--end-of-options', mirror.remote.url, `${request.next}:${ref}`], {
    signal,
    timeoutMs: PUSH_TIMEOUT_MS,
  });
  if (result.exitCode === 0) return 'pushed';

  const after = await readStanding(mirror, request, ref, signal);
  if (after !== 'expected') return after;
  const said = `${result.stdout.toString('utf8').trim().slice(-300)} ${result.stderr}`.trim();
  throw new TransientFailure('PUSH_REFUSED', `the repository did not take the merge: ${said}`);
}
