import type { Receipt } from './audit-log.ts';

/** Only for what PostgreSQL has confirmed as committed. Not for use outside this room: who holds a receipt may act. */
export function makeReceipt(seq: string, chainHash: string): Receipt {
  // The brand is a type only; this is the one place that may claim it.
  return Object.freeze({ seq, chainHash }) as Receipt;
}
