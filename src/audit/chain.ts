import { createHash } from 'node:crypto';

/** One row of the log as it stands in the database or in an export. Hashes are lower-case hex. */
export interface LogRow {
  readonly seq: string;
  readonly recordedAt: Date;
  readonly body: string;
  readonly leafHash: string;
  readonly prevHash: string;
  readonly chainHash: string;
  /** The indexed copies beside the body; null where the source has none (an export). */
  readonly columns: RowColumns | null;
}

interface RowColumns {
  readonly entry_id: string;
  readonly pr_number: string | null;
  readonly event: string;
  readonly trace_id: string;
}

/** What row 0 follows. */
export const GENESIS = createHash('sha256').update('slipway audit genesis v1').digest('hex');

/** RFC 6962 leaf hash of the canonical text. */
export function leafHash(body: string): string {
  return createHash('sha256').update(Buffer.of(0)).update(body).digest('hex');
}

/** SHA-256(0x02 || prev || leaf || seq || recorded_ms), both numbers as 8 bytes big endian: as audit.chain in the database. */
export function chainHash(prevHash: string, leaf: string, seq: string, recordedAt: Date): string {
  const place = Buffer.alloc(16);
  place.writeBigInt64BE(BigInt(seq), 0);
  place.writeBigInt64BE(BigInt(recordedAt.getTime()), 8);
  return createHash('sha256')
    .update(Buffer.of(2))
    .update(Buffer.from(prevHash, 'hex'))
    .update(Buffer.from(leaf, 'hex'))
    .update(place)
    .digest('hex');
}
