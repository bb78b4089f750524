import { Sha } from '../ids.ts';
import { type Git, gitOutput } from './run-git.ts';

export type MergedTree = { kind: 'tree'; tree: Sha } | { kind: 'conflict'; paths: string[] };

export async function treeOf(git: Git, commit: Sha, signal: AbortSignal): Promise<Sha> {
  const out = await gitOutput(git.run, ['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`], { signal });
  return Sha.parse(out.toString('utf8').trim());
}

/** The three-way merge without a work tree. Exit 1 is a conflict; anything else that is not 0 is a failure of the machine. */
export async function mergeTrees(git: Git, target: Sha, head: Sha, signal: AbortSignal): Promise<MergedTree> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', target, head];
  const result = await git.run(args, { signal, timeoutMs: 120_000 });
  const [tree = '', ...paths] = result.stdout.toString('utf8').split('\0');
  if (result.exitCode === 0) return { kind: 'tree', tree: Sha.parse(tree) };
  if (result.exitCode === 1)
    return { kind: 'conflict', paths: [...new Set(paths.filter((path) => path !== ''))].sort() };
  await gitOutput(git.run, args, { signal });
  throw new Error('git merge-tree failed once and then did not');
}

/** Whether a commit holds what git makes of two others and nothing else: no conflict that a person solved, nothing slipped in. */
export async function isMergeOf(
  git: Git,
  commit: Sha,
  [ours, theirs]: readonly [Sha, Sha],
  signal: AbortSignal,
): Promise<boolean> {
  const merged = await mergeTrees(git, ours, theirs, signal);
  return merged.kind === 'tree' && merged.tree === (await treeOf(git, commit, signal));
}
