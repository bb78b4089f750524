import type { Item } from '../../compare-items.ts';

/**
 * What travels over the wire as classes of code describe it. An offer is a field that callers get or may send, a demand
 * one that they must send; both are named by their class, which no caller sees: `UserOut.email`.
 */
export interface TransferFields {
  readonly offers: readonly Item[];
  readonly demands: readonly Item[];
}
