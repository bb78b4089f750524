import { sql } from 'kysely';
import { type Checkpoint, openCheckpoint } from '../audit/checkpoint.ts';
import type { VerificationKey } from '../audit/signed-note.ts';
import type { Db } from '../store/open-database.ts';

/** The largest checkpoint of this key in the database. @throws where a row is not signed with it. {StoreDown} */
export async function readLatestRow(db: Db, key: VerificationKey): Promise<Checkpoint | null> {
  const row = await db
    .selectFrom('audit.checkpoint')
    .select(['size', 'note'])
    .where('key_id', '=', key.id)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : openRow(row, key);
}

/** First writer wins; returns what stands there, which for the same head is the same text. @throws as above. */
export async function addRow(db: Db, { size }: Checkpoint, note: string, key: VerificationKey): Promise<Checkpoint> {
  const { rows } = await sql<{ note: string }>`
    select audit.add_checkpoint(${String(size)}::bigint, ${key.id}, ${note}) as note`.execute(db);
  return openRow({ size: String(size), note: rows[0]?.note ?? '' }, key);
}

function openRow({ size, note }: { size: string; note: string }, key: VerificationKey): Checkpoint {
  const checkpoint = openCheckpoint(note, key);
  if (checkpoint !== null && String(checkpoint.size) === size) return checkpoint;
  throw new Error(`the checkpoint of ${size} entries in the database is not signed with this key: it was altered`);
}
