import type { Environment } from './target.ts';

/** Under whose lease, and with whose fence, something is done in a place: the base stands beside staging and is staged with it. */
export function leaseOfEnvironment(environment: Environment): 'staging' | 'canary' {
  return environment === 'canary' ? 'canary' : 'staging';
}
