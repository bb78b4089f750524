import type { Db } from '../store/open-database.ts';
import { runSql } from '../store/run-sql.ts';
import { encodeTextArray } from '../store/text-array.ts';
import type { StoredRow } from './read-entries.ts';

/** What the log says of one entry. `seq` is decimal, `chainHash` hex. */
export type Answer =
  | { readonly status: 'appended'; readonly seq: string; readonly chainHash: string; readonly recordedAt: Date }
  | { readonly status: 'dup'; readonly stored: StoredRow }
  | { readonly status: 'refused'; readonly reason: string };

/** The one row of audit.append_batch: what is new is told all together, the rest by its place in the array, from 1. */
interface PackedAnswer {
  readonly first_seq: string;
  readonly recorded_at: Date;
  readonly chain_hashes: string;
  readonly others: Readonly<Record<string, Other>> | null;
}

type Other =
  | { status: 'dup'; seq: string; recorded_at: string; body: string; chain_hash: string }
  | { status: 'refused'; reason: string };

const HASH_DIGITS = 64;

/**
 * Appends entries in this order, each answered for itself. One round trip and one transaction of its own: what it answers is
 * committed when this returns. @throws {StoreDown}
 */
export async function appendBatch(db: Db, bodies: readonly string[]): Promise<readonly Answer[]> {
  const [packed] = await runSql<PackedAnswer>(db, 'select * from audit.append_batch($1::text[])', [
    encodeTextArray(bodies),
  ]);
  if (packed === undefined) throw new Error('audit.append_batch gave no answer');
  const first = BigInt(packed.first_seq);
  let appended = 0;
  return bodies.map((_, index): Answer => {
    const other = packed.others?.[index + 1];
    if (other !== undefined) return other.status === 'refused' ? other : { status: 'dup', stored: toStored(other) };
    const nth = appended++;
    const chainHash = packed.chain_hashes.slice(nth * HASH_DIGITS, (nth + 1) * HASH_DIGITS);
    if (chainHash.length < HASH_DIGITS) throw new Error('audit.append_batch left an entry without an answer');
    return { status: 'appended', seq: String(first + BigInt(nth)), chainHash, recordedAt: packed.recorded_at };
  });
}

function toStored(dup: Extract<Other, { status: 'dup' }>): StoredRow {
  return { ...dup, recorded_at: new Date(dup.recorded_at), chain_hash: Buffer.from(dup.chain_hash, 'hex') };
}
