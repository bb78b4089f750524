import type { Db } from '../store/open-database.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import type { VerificationKey } from './signed-note.ts';

const PAGE_ROWS = 100;

/**
 * The furthest head that the database holds under a signature of one of these keys; null where there is none. A row that no key
 * opens is passed over: it proves nothing, either way. @throws {StoreDown}
 */
export async function readNewestCheckpoint(db: Db, keys: readonly VerificationKey[]): Promise<Checkpoint | null> {
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const rows = await db
      .selectFrom('audit.checkpoint')
      .select(['size', 'note'])
      .orderBy('size', 'desc')
      .limit(PAGE_ROWS)
      .offset(offset)
      .execute();
    for (const { size, note } of rows) {
      for (const key of keys) {
        const checkpoint = openCheckpoint(note, key);
        if (checkpoint !== null && String(checkpoint.size) === size) return checkpoint;
      }
    }
    if (rows.length < PAGE_ROWS) return null;
  }
}
