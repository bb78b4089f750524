import { type Kysely, sql } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import type { BranchCommit } from '../change/first-parents.ts';
import type { Config } from '../config/config.ts';
import type { Service } from '../config/schema.ts';
import { Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/tables.ts';

export interface CompareDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly config: Config;
  readonly repository: Pick<ChangeRepository, 'targetTip' | 'firstParents'>;
  readonly log: Logger;
}

export type Comparison =
  /** Looked at for the first time: what came before is not judged. */
  { kind: 'began'; tip: Sha } | { kind: 'compared'; tip: Sha; commits: number; unaudited: readonly Sha[] };

/** More commits since the last comparison than this are recorded as one finding that says so. */
const MAX_COMMITS = 1_000;

/**
 * Compares the target branch of a service with the record: each commit that was pushed to it and that no run brought is
 * recorded as `change.unaudited`, once. The tip is remembered only afterwards, so what a crash left out is found again.
 * @throws {TransientFailure} when the repository cannot be reached. {StoreDown}.
 */
export async function compareBranch(
  deps: CompareDeps,
  name: string,
  service: Service,
  now: Date,
  signal: AbortSignal,
): Promise<Comparison> {
  const { db, repository } = deps;
  const { repository: url, target_branch: branch } = service;
  const tip = await repository.targetTip(url, branch, signal);
  const last = await db.selectFrom('slipway.branch_watch').selectAll().where('service', '=', name).executeTakeFirst();
  if (last === undefined || last.branch !== branch) {
    await remember(db, name, branch, tip, now);
    return { kind: 'began', tip };
  }
  const since = Sha.parse(last.tip);
  if (since === tip) {
    await remember(db, name, branch, tip, now);
    return { kind: 'compared', tip, commits: 0, unaudited: [] };
  }
  const walk = await repository.firstParents(url, since, tip, MAX_COMMITS, signal);
  const unaudited: Sha[] = [];
  for (const commit of walk.commits.toReversed()) {
    if (walk.contains && (await isBrought(db, service.repo, commit))) continue;
    await record(deps, name, service, commit, walk.contains ? 'commit' : 'history_rewritten', since);
    unaudited.push(commit.sha);
  }
  if (walk.cut) deps.log.error({ service: name, since, tip }, 'more commits than can be compared; the oldest are not');
  await remember(db, name, branch, tip, now);
  return { kind: 'compared', tip, commits: walk.commits.length, unaudited };
}

/**
 * Whether a run brought a commit: it was pushed by one, or it merges the head of one that was deployed (where `merge: never`
 * leaves the merging to people). A squash by the forge has neither, and is found.
 */
async function isBrought(db: Kysely<Database>, repo: string, { sha, parents }: BranchCommit): Promise<boolean> {
  const heads = parents.slice(1);
  const { rows } = await sql`
    select 1 from slipway.runs r where r.repo = ${repo} and not r.dry_run and (
      (r.outcome = 'deployed' and (r.merge_sha = ${sha} or r.head_sha = any(${[...heads, sha]})))
      or exists (select from audit.entry e where e.trace_id = r.id
        and e.event in ('merge_push.intended', 'merge_push.completed') and strpos(e.body, ${`"${sha}"`}) > 0))
    limit 1`.execute(db);
  return rows.length > 0;
}

async function record(
  { db, audit, config, log }: CompareDeps,
  name: string,
  service: Service,
  commit: BranchCommit,
  kind: 'commit' | 'history_rewritten',
  since: Sha,
): Promise<void> {
  const { repo, target_branch: branch } = service;
  const what =
    kind === 'commit'
      ? `commit ${commit.sha.slice(0, 12)} on ${branch} of ${repo} was brought by no run`
      : `${branch} of ${repo} does not hold ${since.slice(0, 12)} any more: its history was rewritten`;
  const stored = await audit.append(null, {
    run_id: null,
    stage: 'operator',
    step: `unaudited.${commit.sha}`,
    event: 'change.unaudited',
    n: 0,
    actor: { kind: 'system', id: 'slipway' },
    rationale: `${what}: ${commit.subject || 'no subject'} (${commit.committer})`,
    outcome: kind,
    payload: { service: name, repo, branch, since, policy_hash: config.policy_hash, ...commit },
  });
  await db
    .insertInto('slipway.unaudited_commits')
    .values({ service: name, sha: commit.sha, kind, found_at: stored.recordedAt })
    .onConflict((conflict) => conflict.columns(['service', 'sha']).doNothing())
    .execute();
  log.warn({ service: name, commit: commit.sha, kind }, 'a commit that no run brought is on the target branch');
}

async function remember(db: Kysely<Database>, service: string, branch: string, tip: Sha, now: Date): Promise<void> {
  await db
    .insertInto('slipway.branch_watch')
    .values({ service, branch, tip, checked_at: now })
    .onConflict((conflict) => conflict.column('service').doUpdateSet({ branch, tip, checked_at: now }))
    .execute();
}
