import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import type { Caller } from '../runs/caller.ts';
import type { Database } from '../store/tables.ts';

/** What a token may do. `admin` implies the others; deciding still needs a token that acts for a person. */
export const Scope = z.enum(['enqueue', 'read', 'decide', 'admin']);
export type Scope = z.infer<typeof Scope>;

const TOKEN = /^slw_[A-Za-z0-9_-]{43}$/;

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** A key of `people:`; null for a machine, which can never decide. */
  readonly person: string | null;
  readonly expiresAt: Date | null;
}

export interface TokenInfo extends NewToken {
  readonly id: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
}

/** Hex SHA-256. Tokens and cookies carry 256 random bits, so a fast hash is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Makes a token and returns it this once; only its hash is stored. @throws {InputError} for an empty name or no scopes. */
export async function createToken(db: Kysely<Database>, request: NewToken): Promise<{ id: string; token: string }> {
  if (request.name.trim() === '')
    throw new InputError([{ field: 'name', problem: 'is empty', fix: 'say who uses it' }]);
  if (request.scopes.length === 0)
    throw new InputError([{ field: 'scopes', problem: 'is empty', fix: `choose from ${Scope.options.join(', ')}` }]);
  const token = `slw_${newSecret()}`;
  const id = randomUUID();
  await db
    .insertInto('slipway.tokens')
    .values({
      id,
      name: request.name,
      hash: hashSecret(token),
      scopes: JSON.stringify(request.scopes),
      person: request.person,
      expires_at: request.expiresAt,
      revoked_at: null,
    })
    .execute();
  return { id, token };
}

export async function listTokens(db: Kysely<Database>): Promise<TokenInfo[]> {
  const rows = await db.selectFrom('slipway.tokens').selectAll().orderBy('created_at').execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: z.array(Scope).parse(row.scopes),
    person: row.person,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }));
}

/** Ends a token and every session opened with it. False when there is no such token that still holds. */
export async function revokeToken(db: Kysely<Database>, id: string, now: Date): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const revoked = await tx
      .updateTable('slipway.tokens')
      .set({ revoked_at: now })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst();
    await tx.deleteFrom('slipway.sessions').where('token_id', '=', id).execute();
    return revoked.numUpdatedRows > 0n;
  });
}

/** Whose token this is; null when unknown, revoked or past its time. */
export async function findToken(db: Kysely<Database>, token: string, now: Date): Promise<Caller | null> {
  if (!TOKEN.test(token)) return null;
  const hash = hashSecret(token);
  const row = await db.selectFrom('slipway.tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
  // The index compares byte by byte, but of a hash that the sender cannot steer; the last word is constant-time.
  if (!row || !timingSafeEqual(Buffer.from(row.hash), Buffer.from(hash))) return null;
  return callerOf(row, now);
}

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly person: string | null;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
}

/** The caller a token row stands for, or null when it no longer holds. */
export function callerOf(row: TokenRow, now: Date): Caller | null {
  if (row.revoked_at !== null) return null;
  if (row.expires_at !== null && row.expires_at <= now) return null;
  return { tokenId: row.id, name: row.name, person: row.person, scopes: row.scopes };
}
