import { Digest, Sha } from '../ids.ts';
import type { ChangeRepository, MergeRequest, ResolvedChange, Unresolvable } from './change.ts';
import { branchRef, fetchCommit, readTip } from './fetch-commit.ts';
import { mergeTrees, treeOf } from './merge-trees.ts';
import type { Mirror } from './mirror.ts';
import { oneLine } from './one-line.ts';
import { readContributors } from './read-commits.ts';
import { digestDiff } from './read-diff.ts';
import { digestTree, readTree } from './read-tree.ts';
import { gitOutput } from './run-git.ts';

type Request = MergeRequest;
type Resolution = Awaited<ReturnType<ChangeRepository['resolve']>>;

const MERGER = { name: 'Slipway', email: 'slipway@localhost' };
const LISTED_CONFLICTS = 20;

function unresolvable(reason: Unresolvable['reason'], detail: string): Unresolvable {
  return { kind: 'unresolvable', reason, detail: oneLine(detail).slice(0, 2000) };
}

/** The best common ancestors of both sides: none, mostly one, and several where each side was merged into the other. */
async function readMergeBases(mirror: Mirror, target: Sha, head: Sha, signal: AbortSignal): Promise<Sha[]> {
  const result = await mirror.run(['merge-base', '--all', target, head], { signal });
  if (result.exitCode !== 0) return [];
  const lines = result.stdout.toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => Sha.parse(line));
}

/**
 * Writes the merge commit. Names, time and message come from the request alone, so every replica that resolves the
 * same request makes the same commit. The title and branch of the change are left out: they are not ours to repeat.
 */
async function commitMerge(
  mirror: Mirror,
  request: Request,
  tree: string,
  target: Sha,
  signal: AbortSignal,
): Promise<Sha> {
  const date = `${Math.floor(request.at.getTime() / 1000)} +0000`;
  const identity = {
    GIT_AUTHOR_NAME: MERGER.name,
    GIT_AUTHOR_EMAIL: MERGER.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: MERGER.name,
    GIT_COMMITTER_EMAIL: MERGER.email,
    GIT_COMMITTER_DATE: date,
  };
  const input = `Merge pull request #${request.prNumber}\n\nHead: ${request.headSha}\n`;
  const out = await gitOutput(mirror.run, ['commit-tree', tree, '-p', target, '-p', request.headSha, '-F', '-'], {
    input,
    identity,
    signal,
  });
  return Sha.parse(out.toString('utf8').trim());
}

/** Fetches both sides, merges them, and says what came of it: a merge commit, or why there can be none. */
export async function resolveChange(mirror: Mirror, request: Request, signal: AbortSignal): Promise<Resolution> {
  const head = request.headSha;
  const tip =
    request.targetSha === undefined
      ? await readTip(mirror, branchRef(request.targetBranch), signal)
      : ({ kind: 'tip', sha: request.targetSha } as const);
  if (tip.kind === 'unreachable') return unresolvable('repository_unreachable', tip.detail);
  if (tip.kind === 'no_branch')
    return unresolvable('repository_unreachable', `the repository has no branch ${request.targetBranch}`);
  for (const [sha, prNumber] of [
    [tip.sha, null],
    [head, request.prNumber],
  ] as const) {
    const fetched = await fetchCommit(mirror, sha, prNumber, signal);
    if (fetched.kind === 'unreachable') return unresolvable('repository_unreachable', fetched.detail);
    if (fetched.kind === 'unknown') return unresolvable('unknown_sha', fetched.detail);
  }

  const [base, other] = await readMergeBases(mirror, tip.sha, head, signal);
  if (base === undefined) return unresolvable('no_merge_base', `${head} and ${request.targetBranch} share no history`);
  // Git merges from a base made of all of them: what the merge undoes of one would not stand in the diff from another.
  if (other !== undefined)
    return unresolvable(
      'several_merge_bases',
      `${head} and ${request.targetBranch} have several merge bases, so that no diff shows all that the merge changes: merge ${request.targetBranch} into the branch`,
    );
  if (base === head) return unresolvable('empty_diff', `${head} is already part of ${request.targetBranch}`);
  if ((await treeOf(mirror, base, signal)) === (await treeOf(mirror, head, signal)))
    return unresolvable('empty_diff', 'the head changes no file');
  const merged = await mergeTrees(mirror, tip.sha, head, signal);
  if (merged.kind === 'conflict') {
    const more = merged.paths.length > LISTED_CONFLICTS ? ` and ${merged.paths.length - LISTED_CONFLICTS} more` : '';
    return unresolvable('merge_conflict', `conflict in ${merged.paths.slice(0, LISTED_CONFLICTS).join(', ')}${more}`);
  }
  if (merged.tree === (await treeOf(mirror, tip.sha, signal)))
    return unresolvable('empty_diff', `${request.targetBranch} already contains this change`);

  const merge = await commitMerge(mirror, request, merged.tree, tip.sha, signal);
  if (!(await mirror.isKept(merge, signal))) await mirror.exclusively(signal, () => mirror.keep([merge], signal));
  const resolved: ResolvedChange = {
    head_sha: head,
    target_sha: tip.sha,
    base_sha: base,
    merge_sha: merge,
    artifact: Digest.parse(await digestTree(mirror, await readTree(mirror, merge, signal), signal)),
    diff_digest: await digestDiff(mirror, base, head, signal),
    contributors: await readContributors(mirror, base, head, signal),
  };
  return { kind: 'resolved', ...resolved };
}
