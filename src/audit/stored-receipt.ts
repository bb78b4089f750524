import { z } from 'zod';
import type { Receipt } from './audit-log.ts';
import { makeReceipt } from './receipt.ts';

/** A receipt as a process keeps it for the time in which the record cannot be asked. */
export const StoredReceipt = z.strictObject({
  seq: z.string().regex(/^\d+$/),
  chain_hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type StoredReceipt = z.infer<typeof StoredReceipt>;

export function storeReceipt({ seq, chainHash }: Receipt): StoredReceipt {
  return { seq, chain_hash: chainHash };
}

/** Only for what `storeReceipt` made of a committed entry: it stands for that entry, and for nothing else. */
export function restoreReceipt({ seq, chain_hash }: StoredReceipt): Receipt {
  return makeReceipt(seq, chain_hash);
}
