import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Database, Run } from '../store/tables.ts';

/** What an `author_claimed` entry says. */
export const Claim = z.looseObject({ author: z.string(), pusher: z.string().nullable() });
export type Claim = z.infer<typeof Claim>;

const Claimed = z.object({ payload: Claim });

/**
 * Everybody who was ever named as author or pusher of this head, by any request and in any pull request: who may not approve it
 * must not depend on who asked first. Each once.
 */
export async function readClaims(db: Kysely<Database>, run: Pick<Run, 'repo' | 'head_sha'>): Promise<string[]> {
  const { rows } = await sql<{ author: string; pusher: string | null; later: string[] }>`
    select r.author, r.pusher, array(
      select e.body from audit.entry e where e.trace_id = r.id and e.event = 'author_claimed'
    ) as later
    from slipway.runs r where r.repo = ${run.repo} and r.head_sha = ${run.head_sha}`.execute(db);
  const names = rows.flatMap(({ author, pusher, later }) => [
    author,
    pusher,
    ...later.flatMap((body) => {
      const { payload } = Claimed.parse(JSON.parse(body));
      return [payload.author, payload.pusher];
    }),
  ]);
  return [...new Set(names.filter((name) => name !== null))];
}
