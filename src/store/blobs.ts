import { sql } from 'kysely';
import type { z } from 'zod';
import { PermanentFailure } from '../errors.ts';
import { type Digest, digestOf } from '../ids.ts';
import { batched } from './batched.ts';
import type { Db } from './open-database.ts';
import { runSql } from './run-sql.ts';

/**
 * Keeps bytes under their SHA-256; the same bytes twice are one blob. Putting one again makes it young again: the janitor
 * takes only old ones, so there is time to refer to it. @throws {StoreDown}
 */
export async function putBlob(db: Db, content: Uint8Array | string, mediaType: string): Promise<Digest> {
  const bytes = Buffer.from(content);
  const digest = digestOf(bytes);
  // One that is there and young is left alone: nothing is locked and nothing committed.
  await sql`
    insert into slipway.blobs as b (digest, media_type, bytes) select ${digest}, ${mediaType}, ${bytes}
    where not exists (
      select from slipway.blobs where digest = ${digest} and created_at >= now() - interval '1 hour'
    )
    on conflict (digest) do update set created_at = now() where b.created_at < now() - interval '1 hour'`.execute(db);
  return digest;
}

/** The same for what is most likely there: asked for first, by all who do so at this moment together. @throws {StoreDown} */
export async function ensureBlob(db: Db, text: string, mediaType: string): Promise<Digest> {
  const digest = digestOf(text);
  return (await isYoung(db, digest)) ? digest : putBlob(db, text, mediaType);
}

const YOUNG = `
  select digest from slipway.blobs where digest = any($1::text[]) and created_at >= now() - interval '1 hour'`;

const isYoung = batched<Db, boolean>(async (db, digests) => {
  const rows = await runSql<{ digest: string }>(db, YOUNG, [[...new Set(digests)]]);
  const young = new Set(rows.map(({ digest }) => digest));
  return digests.map((digest) => young.has(digest));
});

/** The bytes of a blob, null where it does not exist. @throws {StoreDown} */
export async function getBlob(db: Db, digest: Digest): Promise<Buffer | null> {
  const row = await db.selectFrom('slipway.blobs').select('bytes').where('digest', '=', digest).executeTakeFirst();
  return row?.bytes ?? null;
}

/**
 * A JSON blob, parsed by its schema; null where it does not exist.
 * @throws {PermanentFailure} BLOB_UNREADABLE when it is not JSON of that shape. {StoreDown}.
 */
export async function getJsonBlob<T>(db: Db, digest: Digest, schema: z.ZodType<T>): Promise<T | null> {
  const bytes = await getBlob(db, digest);
  return bytes === null ? null : parseJsonBlob(digest, bytes, schema);
}

/** The same of several, by one statement; one that does not exist is left out. @throws as for one. */
export async function getJsonBlobs<T>(
  db: Db,
  digests: readonly Digest[],
  schema: z.ZodType<T>,
): Promise<Map<string, T>> {
  const { rows } = await sql<{ digest: string; bytes: Buffer }>`
    select digest, bytes from slipway.blobs where digest = any(${[...new Set(digests)]}::text[])`.execute(db);
  return new Map(rows.map(({ digest, bytes }) => [digest, parseJsonBlob(digest, bytes, schema)]));
}

/** @throws {PermanentFailure} BLOB_UNREADABLE when the bytes are not JSON of that shape. */
export function parseJsonBlob<T>(digest: string, bytes: Buffer, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new PermanentFailure('BLOB_UNREADABLE', `blob ${digest} does not have the expected shape`, { cause: error });
  }
}
