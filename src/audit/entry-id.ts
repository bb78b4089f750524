import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { EntryKey } from './entry.ts';

/** The id that every writer of the same step computes: a UUIDv8 (RFC 9562) from the SHA-256 of the canonical key. */
export function entryId(key: EntryKey): string {
  const { run_id, stage, step, event, n } = key;
  const digest = hash('sha256', canonicalJson({ run_id, stage, step, event, n }), 'buffer');
  const bytes = digest.subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
