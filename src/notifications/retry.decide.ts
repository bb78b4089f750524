/** Nearly an hour in all: a receiver that is deployed, or paged for, comes back within it. */
const MAX_ATTEMPTS = 10;
const FIRST_DELAY_S = 5;
const LONGEST_DELAY_S = 900;

export type RetryDecision = { readonly kind: 'again'; readonly inS: number } | { readonly kind: 'dead' };

/** After `attempts` failed attempts. Every refusal is tried again: a wrong address or secret is mended by people. */
export function decideRetry(attempts: number): RetryDecision {
  if (attempts >= MAX_ATTEMPTS) return { kind: 'dead' };
  return { kind: 'again', inS: Math.min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (attempts - 1)) };
}
