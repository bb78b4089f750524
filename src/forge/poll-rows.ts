import { type Kysely, sql } from 'kysely';
import type { Database } from '../store/tables.ts';
import { backOffMs } from './rate-limit.decide.ts';

/** Problems are shown to people; what a forge says may be long. */
const PROBLEM_UNITS = 300;

type Db = Kysely<Database>;

export interface Claim {
  readonly watchedSince: Date;
  readonly failures: number;
}

/** The right to look at a repository this time, taken in one statement; null while it is not due or another server has it. */
export async function claimLook(db: Db, repo: string, everyMs: number): Promise<Claim | null> {
  await db
    .insertInto('slipway.forge_polls')
    .values({ repo, ok_at: null, problem: null })
    .onConflict((c) => c.column('repo').doNothing())
    .execute();
  const row = await db
    .updateTable('slipway.forge_polls')
    .set({ next_at: inMs(everyMs) })
    .where('repo', '=', repo)
    .where('next_at', '<=', sql<Date>`clock_timestamp()`)
    .returning(['watched_since', 'failures'])
    .executeTakeFirst();
  return row === undefined ? null : { watchedSince: row.watched_since, failures: row.failures };
}

/** @param found runs that were started or stopped because of this look. */
export async function noteLook(db: Db, repo: string, found: number): Promise<void> {
  await db
    .updateTable('slipway.forge_polls')
    .set({
      ok_at: sql<Date>`clock_timestamp()`,
      failures: 0,
      problem: null,
      found: sql<string>`found + ${found}`,
    })
    .where('repo', '=', repo)
    .execute();
}

export async function noteFailure(
  db: Db,
  repo: string,
  { failures, problem, found, everyMs }: { failures: number; problem: string; found: number; everyMs: number },
): Promise<void> {
  await db
    .updateTable('slipway.forge_polls')
    .set({
      failures,
      problem: problem.slice(0, PROBLEM_UNITS),
      next_at: sql<Date>`greatest(next_at, ${inMs(backOffMs(failures, everyMs))})`,
      found: sql<string>`found + ${found}`,
    })
    .where('repo', '=', repo)
    .execute();
}

/** A limit is the token's, so it holds for every repository. */
export async function holdAll(db: Db, until: Date): Promise<void> {
  await db
    .updateTable('slipway.forge_polls')
    .set({ next_at: sql<Date>`greatest(next_at, ${until})` })
    .execute();
}

function inMs(ms: number) {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${ms / 1000}::float8)`;
}
