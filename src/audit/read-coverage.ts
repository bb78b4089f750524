import type { Db } from '../store/open-database.ts';
import type { Receipt } from './audit-log.ts';
import { chainHash, leafHash } from './chain.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { readLog } from './read-log.ts';
import type { VerificationKey } from './signed-note.ts';

/** Whether entries stand under a signature. */
export type Coverage =
  | ({ readonly kind: 'covered'; readonly keyId: string } & Checkpoint)
  /** No checkpoint of these keys reaches that far. */
  | { readonly kind: 'none' }
  /** A row says that it does, and is not what its key signed. */
  | { readonly kind: 'altered'; readonly size: string }
  /** Entry `seq` is not the one that was signed, or the signed head does not follow from it. */
  | { readonly kind: 'contradicted'; readonly seq: string };

/** Altered rows beyond these are not passed over. */
const MAX_ROWS = 16;
/** The log is read this far at a time: signers sign every few hundred entries. */
const PAGE_ROWS = 1_000;

/**
 * Looks for the signatures that these entries stand under. A row of the database proves nothing: each is opened with a key
 * that the caller names, and the log is hashed anew, text by text, from the entry to the head that was signed. Answers for the
 * newest entry; the older ones must hold too. @param receipts in order. @throws {StoreDown}
 */
export async function readCoverage(
  db: Db,
  keys: readonly VerificationKey[],
  receipts: readonly Receipt[],
): Promise<Coverage> {
  const newest = receipts.at(-1);
  if (newest === undefined || keys.length === 0) return { kind: 'none' };
  // Asked first: as long as it is not signed, nothing else has to be read.
  const answer = await findCheckpoint(db, keys, newest);
  if (answer.kind !== 'covered') return answer;
  let proved = -1n;
  for (const receipt of receipts) {
    if (BigInt(receipt.seq) <= proved) continue;
    const found = receipt === newest ? answer : await findCheckpoint(db, keys, receipt);
    if (found.kind !== 'covered') return found;
    const under = receipts.filter(({ seq }) => BigInt(seq) > proved && BigInt(seq) < found.size);
    const broken = await findBreak(db, under, found);
    if (broken !== null) return { kind: 'contradicted', seq: broken };
    proved = found.size - 1n;
  }
  return answer;
}

/** The first one behind the entry: the less there is between them, the less has to be hashed. */
async function findCheckpoint(db: Db, keys: readonly VerificationKey[], { seq }: Receipt): Promise<Coverage> {
  const rows = await db
    .selectFrom('audit.checkpoint')
    .select(['key_id', 'size', 'note'])
    .where(
      'key_id',
      'in',
      keys.map(({ id }) => id),
    )
    .where('size', '>', seq)
    .orderBy('size')
    .limit(MAX_ROWS)
    .execute();
  for (const { size, note } of rows) {
    for (const key of keys) {
      const checkpoint = openCheckpoint(note, key);
      if (checkpoint !== null && String(checkpoint.size) === size)
        return { kind: 'covered', keyId: key.id, ...checkpoint };
    }
  }
  const [first] = rows;
  return first === undefined ? { kind: 'none' } : { kind: 'altered', size: first.size };
}

/** Where the way from the first of these entries to the head that was signed is broken; null where it holds. */
async function findBreak(db: Db, receipts: readonly Receipt[], head: Checkpoint): Promise<string | null> {
  const first = receipts[0]?.seq ?? '0';
  const known = new Map(receipts.map(({ seq, chainHash: hash }) => [seq, hash]));
  const pageRows = Math.min(PAGE_ROWS, Number(head.size - BigInt(first)));
  let next = BigInt(first);
  let last: string | null = null;
  for await (const row of readLog(db, { after: String(next - 1n), pageRows })) {
    const follows =
      BigInt(row.seq) === next &&
      (last === null || row.prevHash === last) &&
      chainHash(row.prevHash, leafHash(row.body), row.seq, row.recordedAt) === row.chainHash &&
      (known.get(row.seq) ?? row.chainHash) === row.chainHash;
    if (!follows) return String(next);
    last = row.chainHash;
    next += 1n;
    if (next === head.size) return last === head.chainHash ? null : first;
  }
  return String(next);
}
