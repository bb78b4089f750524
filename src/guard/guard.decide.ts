import type { GuardedCanary, ZeroCause } from './guard-state.ts';

export interface GuardFacts {
  readonly canary: GuardedCanary;
  /** Whether the record could be asked in this look. */
  readonly seen: boolean;
  /** Whether the record still knows it as one that may have traffic; of no meaning unless `seen`. */
  readonly live: boolean;
  /** The record says that its worker could not take it out; of no meaning unless `seen`. */
  readonly handedOver: boolean;
  /** Since it was last known to be watched, milliseconds, by a clock that never jumps. */
  readonly unwatchedMs: number;
}

export type GuardDecision =
  | { readonly kind: 'leave' }
  /** Takes it out of traffic, now. */
  | { readonly kind: 'zero'; readonly cause: ZeroCause }
  /** It was taken out: look that it stays out. */
  | { readonly kind: 'keep_zero' }
  /** Nothing of it has traffic any more. */
  | { readonly kind: 'forget' };

/** Unknown is no: what cannot be seen to be watched is taken out, and what was taken out stays out until its run is over. */
export function decideGuard({ canary, seen, live, handedOver, unwatchedMs }: GuardFacts): GuardDecision {
  if (seen && !live) return { kind: 'forget' };
  if (canary.zeroed !== null) return { kind: 'keep_zero' };
  if (seen && handedOver) return { kind: 'zero', cause: 'handed_over' };
  if (unwatchedMs <= canary.limit_ms) return { kind: 'leave' };
  if (!seen) return { kind: 'zero', cause: 'store_silent' };
  // Before its weight is intended there is nothing to take out; that nobody goes on is another alert's matter.
  return canary.traffic ? { kind: 'zero', cause: 'no_tick' } : { kind: 'leave' };
}
