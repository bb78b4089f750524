import type { Kysely } from 'kysely';
import type { Caller } from '../runs/caller.ts';
import type { Database } from '../store/tables.ts';
import { callerOf, hashSecret, newSecret } from './tokens.ts';

export const SESSION_HOURS = 12;

export interface Session {
  readonly caller: Caller;
  /** Every form carries it; a cookie alone changes nothing. */
  readonly csrf: string;
}

/** Opens a session for a token's owner and returns the cookie's value; only its hash is stored. Old sessions are swept on the way. */
export async function openSession(db: Kysely<Database>, tokenId: string, now: Date): Promise<string> {
  const cookie = newSecret();
  await db.deleteFrom('slipway.sessions').where('expires_at', '<=', now).execute();
  await db
    .insertInto('slipway.sessions')
    .values({
      hash: hashSecret(cookie),
      token_id: tokenId,
      csrf: newSecret(),
      expires_at: new Date(now.getTime() + SESSION_HOURS * 3_600_000),
    })
    .execute();
  return cookie;
}

/** The session behind a cookie; null when unknown, over, or when its token no longer holds. */
export async function findSession(db: Kysely<Database>, cookie: string, now: Date): Promise<Session | null> {
  const row = await db
    .selectFrom('slipway.sessions as s')
    .innerJoin('slipway.tokens as t', 't.id', 's.token_id')
    .select(['s.csrf', 't.id', 't.name', 't.scopes', 't.person', 't.expires_at', 't.revoked_at'])
    .where('s.hash', '=', hashSecret(cookie))
    .where('s.expires_at', '>', now)
    .executeTakeFirst();
  if (!row) return null;
  const caller = callerOf(row, now);
  return caller && { caller, csrf: row.csrf };
}

export async function closeSession(db: Kysely<Database>, cookie: string): Promise<void> {
  await db.deleteFrom('slipway.sessions').where('hash', '=', hashSecret(cookie)).execute();
}
