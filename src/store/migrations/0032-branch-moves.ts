import { type Kysely, sql } from 'kysely';

/**
 * What a comparison of a target branch finds besides single commits. A branch can be moved to one place more than once, so
 * these are no rows of `unaudited_commits`, which has one for a commit; the view is both.
 */
export async function branchMoves(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table slipway.branch_moves (
      service text not null,
      sha slipway.git_sha not null,
      kind text not null check (kind in ('history_rewritten', 'not_compared')),
      found_at timestamptz not null,
      primary key (service, sha, kind, found_at)
    )`.execute(db);
  await sql`
    create view slipway.unaudited as
      select service, sha::text as sha, kind, found_at from slipway.unaudited_commits
      union all select service, sha::text, kind, found_at from slipway.branch_moves`.execute(db);
}
