import { z } from 'zod';
import { Sha } from '../ids.ts';
import { type Git, gitOutput } from './run-git.ts';

/** A commit that the branch itself went through, as git tells of it. */
export const BranchCommit = z.strictObject({
  sha: Sha,
  parents: z.array(Sha),
  author: z.string(),
  committer: z.string(),
  committed_at: z.string(),
  subject: z.string(),
});
export type BranchCommit = z.infer<typeof BranchCommit>;

export interface BranchWalk {
  /** False when the branch was moved to where `since` is no part of it: history was rewritten. */
  readonly contains: boolean;
  /** Newest first. Of a rewritten branch its tip alone. */
  readonly commits: readonly BranchCommit[];
  /** There were more than `max`. */
  readonly cut: boolean;
}

const MAX_BYTES = 16 * 1024 * 1024;
const FORMAT = '%H%n%P%n%an <%ae>%n%cn <%ce>%n%cI%n%s';

/** The commits of a branch after `since` along its first parents: what was pushed to it, not what was merged with that. */
export async function readFirstParents(
  git: Git,
  since: Sha,
  tip: Sha,
  max: number,
  signal: AbortSignal,
): Promise<BranchWalk> {
  const ancestor = await git.run(['merge-base', '--is-ancestor', since, tip], { signal });
  const contains = ancestor.exitCode === 0;
  const args = ['log', '-z', '--first-parent', '--no-color', '--no-show-signature', '--no-notes', '--no-mailmap'];
  const limit = `--max-count=${contains ? max + 1 : 1}`;
  const out = await gitOutput(
    git.run,
    [...args, '--encoding=UTF-8', `--format=${FORMAT}`, limit, '--end-of-options', contains ? `${since}..${tip}` : tip],
    { signal, maxBytes: MAX_BYTES },
  );
  const commits = out
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '')
    .map(parseCommit);
  return { contains, commits: commits.slice(0, max), cut: commits.length > max };
}

function parseCommit(record: string): BranchCommit {
  const [sha, parents = '', author = '', committer = '', committed_at = '', ...subject] = record.split('\n');
  return BranchCommit.parse({
    sha,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: author.slice(0, 400),
    committer: committer.slice(0, 400),
    committed_at,
    subject: subject.join(' ').slice(0, 300),
  });
}
