import { type Kysely, sql } from 'kysely';
import type { ChangeRepository } from '../change/change.ts';
import type { BranchCommit } from '../change/first-parents.ts';
import type { Service } from '../config/schema.ts';
import { Sha } from '../ids.ts';
import type { Database } from '../store/tables.ts';

export interface BroughtDeps {
  readonly db: Kysely<Database>;
  readonly repository: Pick<ChangeRepository, 'isAncestor' | 'isMergeOf'>;
}

/**
 * Of the commits that a branch went through, newest first, those that no run brought. A run brings
 * - what it pushed: the commit that its intent names as the next, never the one that it found there;
 * - the merge of a head that was deployed, where the commit holds exactly what git makes of its two sides (`merge: never`
 *   leaves the merging to people: what they add to it was reviewed by nobody);
 * - a head that was deployed and that the branch was moved to as it is, with the commits below it up to its base.
 * A squash or a rebase by the forge is none of these, and is found.
 */
export async function findUnaudited(
  deps: BroughtDeps,
  service: Service,
  commits: readonly BranchCommit[],
  signal: AbortSignal,
): Promise<BranchCommit[]> {
  const { repository: url, repo } = service;
  const unaudited: BranchCommit[] = [];
  /** Base of the deployed head below which the walk stands. */
  let base: Sha | null = null;
  for (const commit of commits) {
    if (base !== null && !(await deps.repository.isAncestor(url, commit.sha, base, signal))) continue;
    const by = await whatBrought(deps.db, repo, commit);
    base = by?.is_head === true && by.base_sha !== null ? Sha.parse(by.base_sha) : null;
    if (by === null || !(by.is_own || (await isPlainMerge(deps, url, commit, signal)))) unaudited.push(commit);
  }
  return unaudited;
}

async function isPlainMerge(
  { repository }: BroughtDeps,
  url: string,
  { sha, parents }: BranchCommit,
  signal: AbortSignal,
): Promise<boolean> {
  const [ours, theirs, more] = parents;
  if (ours === undefined || theirs === undefined || more !== undefined) return false;
  return repository.isMergeOf(url, sha, [ours, theirs], signal);
}

interface Brought {
  readonly base_sha: string | null;
  /** The commit is the head itself. */
  readonly is_head: boolean;
  /** The commit is the run's own: its head, or what it pushed. False: it only names a deployed head as its second parent. */
  readonly is_own: boolean;
}

async function whatBrought(
  db: Kysely<Database>,
  repo: string,
  { sha, parents }: BranchCommit,
): Promise<Brought | null> {
  const merged = parents[1] ?? null;
  const { rows } = await sql<Brought>`
    select base_sha, is_head, is_head or pushed as is_own from (
      select r.base_sha, r.outcome is not distinct from 'deployed' and r.head_sha = ${sha} as is_head,
        r.outcome is not distinct from 'deployed' and r.merge_sha is not distinct from ${sha} or exists (
          select from audit.entry e where e.trace_id = r.id and e.event = 'merge_push.intended'
            and strpos(e.body, ${`"next":"${sha}"`}) > 0) as pushed,
        r.outcome is not distinct from 'deployed' and r.head_sha = ${merged} as merged
      from slipway.runs r where r.repo = ${repo} and not r.dry_run
    ) as brought where is_head or pushed or merged
    order by is_own desc, is_head desc limit 1`.execute(db);
  return rows[0] ?? null;
}
