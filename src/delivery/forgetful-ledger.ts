import type { EffectLedger } from './effect-ledger.ts';

/**
 * Remembers no effect and no fence, and so needs no store. Only for who does nothing but take a canary to zero: that may
 * be done any number of times, and by anybody who is authorised.
 */
export const forgetfulLedger: EffectLedger = {
  begin: () => Promise.resolve(undefined),
  finish: () => Promise.resolve(),
};
