import type { Generated, Int8, Timestamp } from './column-types.ts';

/** The record, what it names, and how far it was read for that and for orders. */

/** audit.entry, readable by the application role; written only through audit.append. */
export interface AuditEntryTable {
  seq: Int8;
  entry_id: string;
  recorded_at: Timestamp;
  pr_number: Int8 | null;
  event: string;
  trace_id: string;
  body: string;
  leaf_hash: Buffer;
  prev_hash: Buffer;
  chain_hash: Buffer;
}

/** Signed heads of the record; written only through audit.add_checkpoint. */
export interface AuditCheckpointTable {
  key_id: string;
  size: Int8;
  note: string;
  stored_at: Generated<Timestamp>;
}

export interface BlobsTable {
  digest: string;
  media_type: string;
  bytes: Buffer;
  created_at: Generated<Timestamp>;
}

/** Blobs that the record names, directly or through another blob. Written by the janitor. */
export interface BlobRefsTable {
  digest: string;
}

/** One row: up to which entry the record was read for them. */
export interface BlobScanTable {
  only_row: Generated<boolean>;
  read_to: Int8;
}

/** One row: up to which entry the sweeper has read the record for orders, and for heads that rival each other. */
export interface StopScanTable {
  only_row: Generated<boolean>;
  orders_to: Int8;
  rivals_to: Int8;
}
