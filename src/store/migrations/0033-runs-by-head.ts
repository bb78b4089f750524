import { type Kysely, sql } from 'kysely';

/** Who else was named for a head is asked of all its runs, whatever pull request brought it. */
export async function runsByHead(db: Kysely<unknown>): Promise<void> {
  await sql`create index runs_by_head on slipway.runs (repo, head_sha)`.execute(db);
}
