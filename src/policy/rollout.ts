import { createHash } from 'node:crypto';

/**
 * Where a pull request stands between 0 and 100, for ever: the same for each of its heads, so that a push does not throw the
 * dice again. Not random for who chooses the number of a pull request, which is no matter: what it decides about has
 * passed the whole policy already.
 */
export function rolloutBucket(repo: string, prNumber: number): number {
  const digest = createHash('sha256').update(`rollout\n${repo}\n${prNumber}`).digest();
  return (digest.readUInt32BE(0) % 10_000) / 100;
}

/** 100 takes all, 0 none. */
export function isInRollout(bucket: number, automatedPct: number): boolean {
  return bucket < automatedPct;
}
