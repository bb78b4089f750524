import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import type { BranchCommit } from '../change/first-parents.ts';
import type { Config } from '../config/config.ts';
import type { Service } from '../config/schema.ts';
import { assertNever } from '../errors.ts';
import { Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { UnauditedKind } from '../store/branch-tables.ts';
import type { Database } from '../store/tables.ts';
import { findUnaudited } from './unaudited-commits.ts';

export interface CompareDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly config: Config;
  readonly repository: Pick<ChangeRepository, 'targetTip' | 'firstParents' | 'isAncestor' | 'isMergeOf'>;
  readonly log: Logger;
}

export type Comparison =
  /** Looked at for the first time: what came before is not judged. */
  { kind: 'began'; tip: Sha } | { kind: 'compared'; tip: Sha; commits: number; unaudited: readonly Sha[] };

/** More commits since the last comparison than this are not looked at; that there were more is recorded. */
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
  max = MAX_COMMITS,
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
  const { contains, commits, cut } = await repository.firstParents(url, since, tip, max, signal);
  const found = contains ? await findUnaudited(deps, service, commits, signal) : commits;
  const seen = { name, service, since, comparedAt: last.checked_at };
  const oldest = commits.at(-1);
  if (cut && oldest !== undefined) await record(deps, seen, oldest, 'not_compared');
  for (const commit of found.toReversed()) await record(deps, seen, commit, contains ? 'commit' : 'history_rewritten');
  await remember(db, name, branch, tip, now);
  return { kind: 'compared', tip, commits: commits.length, unaudited: found.toReversed().map(({ sha }) => sha) };
}

interface Seen {
  readonly name: string;
  readonly service: Service;
  readonly since: Sha;
  /** When the comparison before this one was made. */
  readonly comparedAt: Date;
}

async function record(
  { db, audit, config, log }: CompareDeps,
  seen: Seen,
  commit: BranchCommit,
  kind: UnauditedKind,
): Promise<void> {
  const { name, service, since } = seen;
  const { repo, target_branch: branch } = service;
  const stored = await audit.append(null, {
    run_id: null,
    stage: 'operator',
    step: stepOf(seen, commit, kind),
    event: 'change.unaudited',
    n: 0,
    actor: { kind: 'system', id: 'slipway' },
    rationale: `${describe(seen, commit, kind)}: ${commit.subject || 'no subject'} (${commit.committer})`,
    outcome: kind,
    payload: { service: name, repo, branch, since, policy_hash: config.policy_hash, ...commit },
  });
  const row = { service: name, sha: commit.sha, found_at: stored.recordedAt };
  if (kind === 'commit')
    await db
      .insertInto('slipway.unaudited_commits')
      .values({ ...row, kind })
      .onConflict((conflict) => conflict.columns(['service', 'sha']).doNothing())
      .execute();
  else
    await db
      .insertInto('slipway.branch_moves')
      .values({ ...row, kind })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  log.warn({ service: name, commit: commit.sha, kind }, 'a commit that no run brought is on the target branch');
}

/**
 * A commit is found once, whoever looks. A branch can be moved to one place again and again: each time is another finding,
 * named by the comparison before it, so that two who look at once, or one that starts over, find the same.
 */
function stepOf({ comparedAt }: Seen, { sha }: BranchCommit, kind: UnauditedKind): string {
  switch (kind) {
    case 'commit':
      return `unaudited.${sha}`;
    case 'not_compared':
      return `not_compared.${sha}`;
    case 'history_rewritten':
      return `rewritten.${sha}.${comparedAt.getTime().toString(36)}`;
    default:
      return assertNever(kind);
  }
}

function describe({ service, since }: Seen, { sha }: BranchCommit, kind: UnauditedKind): string {
  const where = `${service.target_branch} of ${service.repo}`;
  switch (kind) {
    case 'commit':
      return `commit ${sha.slice(0, 12)} on ${where} was brought by no run`;
    case 'not_compared':
      return `${where} holds more commits since ${since.slice(0, 12)} than are compared; those before ${sha.slice(0, 12)} were not`;
    case 'history_rewritten':
      return `${where} does not hold ${since.slice(0, 12)} any more: its history was rewritten`;
    default:
      return assertNever(kind);
  }
}

async function remember(db: Kysely<Database>, service: string, branch: string, tip: Sha, now: Date): Promise<void> {
  await db
    .insertInto('slipway.branch_watch')
    .values({ service, branch, tip, checked_at: now })
    .onConflict((conflict) => conflict.column('service').doUpdateSet({ branch, tip, checked_at: now }))
    .execute();
}
