import { PermanentFailure } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { Db } from '../store/open-database.ts';
import type { Recorded } from './audit-log.ts';
import { Entry, type EntryKey } from './entry.ts';
import { entryId } from './entry-id.ts';
import { makeReceipt } from './receipt.ts';

const COLUMNS = ['seq', 'recorded_at', 'body', 'chain_hash'] as const;

export interface StoredRow {
  readonly seq: string;
  readonly recorded_at: Date;
  readonly body: string;
  readonly chain_hash: Buffer;
}

/** A committed row as the rest of Slipway sees it. @throws {PermanentFailure} AUDIT_UNREADABLE */
export function toRecorded(row: StoredRow): Recorded {
  return recordedAs(parseBody(row), row);
}

/** For an entry of which it is known that it is what the row holds. */
export function recordedAs(entry: Entry, row: Omit<StoredRow, 'body'>): Recorded {
  return { receipt: makeReceipt(row.seq, row.chain_hash.toString('hex')), entry, recordedAt: row.recorded_at };
}

/** The entry that holds a key, null where none does. @throws {StoreDown} */
export async function findEntry(db: Db, key: EntryKey): Promise<Recorded | null> {
  const row = await db
    .selectFrom('audit.entry')
    .select(COLUMNS)
    .where('entry_id', '=', entryId(key))
    .executeTakeFirst();
  return row ? toRecorded(row) : null;
}

/** Entries of a run in order, those after `afterSeq` only where it is given. @throws {StoreDown} */
export async function readEntries(db: Db, runId: RunId, afterSeq?: string): Promise<Recorded[]> {
  const rows = await db
    .selectFrom('audit.entry')
    .select(COLUMNS)
    .where('trace_id', '=', runId)
    .$if(afterSeq !== undefined, (query) => query.where('seq', '>', afterSeq ?? ''))
    .orderBy('seq')
    .execute();
  return rows.map(toRecorded);
}

function parseBody(row: StoredRow): Entry {
  try {
    return Entry.parse(JSON.parse(row.body));
  } catch (cause) {
    throw new PermanentFailure('AUDIT_UNREADABLE', `entry ${row.seq} does not have the shape of an entry`, { cause });
  }
}
