import { sql } from 'kysely';
import { chainHash, GENESIS, leafHash } from '../audit/chain.ts';
import type { Checkpoint } from '../audit/checkpoint.ts';
import { readLog } from '../audit/read-log.ts';
import type { Db } from '../store/open-database.ts';
import type { Followed } from './sign.decide.ts';

/** Reads every entry after `from` and makes each hash anew, so that a signature says: these texts, in this order. @throws {StoreDown} */
export async function followChain(
  db: Db,
  from: Checkpoint | null,
): Promise<Followed | { readonly kind: 'broken'; readonly seq: string }> {
  let last = from;
  let fresh = 0;
  let urgent = false;
  for await (const row of readLog(db, { after: String((from?.size ?? 0n) - 1n) })) {
    const follows =
      BigInt(row.seq) === (last?.size ?? 0n) &&
      row.prevHash === (last?.chainHash ?? GENESIS) &&
      chainHash(row.prevHash, leafHash(row.body), row.seq, row.recordedAt) === row.chainHash;
    if (!follows) return { kind: 'broken', seq: row.seq };
    last = { size: BigInt(row.seq) + 1n, chainHash: row.chainHash };
    fresh += 1;
    urgent ||= row.columns?.event === 'canary_verdict';
  }
  return { kind: 'followed', head: last, fresh, urgent };
}

/** What the log holds where these heads end. @throws {StoreDown} */
export async function readStanding(db: Db, signed: readonly Checkpoint[]): Promise<Map<bigint, string | null>> {
  const standing = new Map<bigint, string | null>(signed.map(({ size }) => [size, null]));
  if (standing.size === 0) return standing;
  const seqs = [...standing.keys()].map((size) => String(size - 1n));
  const { rows } = await sql<{ seq: string; chain: string }>`
    select seq::text as seq, encode(chain_hash, 'hex') as chain from audit.entry where seq = any(${seqs}::bigint[])`.execute(
    db,
  );
  for (const { seq, chain } of rows) standing.set(BigInt(seq) + 1n, chain);
  return standing;
}
