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
  const [claims = []] = await readClaimsOf(db, [run]);
  return claims;
}

/** The same for several heads, in their order, by one statement. */
export async function readClaimsOf(
  db: Kysely<Database>,
  heads: readonly Pick<Run, 'repo' | 'head_sha'>[],
): Promise<string[][]> {
  const { rows } = await sql<{ at: number; author: string; pusher: string | null; later: string[] }>`
    select h.at::int as at, r.author, r.pusher, array(
      select e.body from audit.entry e where e.trace_id = r.id and e.event = 'author_claimed'
    ) as later
    from unnest(${heads.map(({ repo }) => repo)}::text[], ${heads.map(({ head_sha }) => head_sha)}::text[])
        with ordinality as h(repo, head_sha, at),
      lateral (select r.id, r.author, r.pusher from slipway.runs r where r.repo = h.repo and r.head_sha = h.head_sha) as r
    `.execute(db);
  const claims = heads.map(() => new Set<string>());
  for (const { at, author, pusher, later } of rows) {
    const named = later.flatMap((body) => {
      const { payload } = Claimed.parse(JSON.parse(body));
      return [payload.author, payload.pusher];
    });
    for (const name of [author, pusher, ...named]) if (name !== null) claims[at - 1]?.add(name);
  }
  return claims.map((names) => [...names]);
}
