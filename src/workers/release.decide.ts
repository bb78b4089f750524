import type { Recorded } from '../audit/audit-log.ts';

export interface CleanUp {
  /** The canary may have traffic or run: take it to zero, read back, stop it. */
  readonly zeroCanary: boolean;
  /** Round of a staged version that may still run; null when none does. */
  readonly tearDownStaging: number | null;
  /** The same of the base that stands beside it. */
  readonly tearDownBase: number | null;
}

/**
 * What a run may have left in the world, from its intents: an intent without a clean end counts as done, because it may
 * be. Once production_release is recorded the canary is production and is left alone.
 */
export function planCleanUp(entries: readonly Recorded[]): CleanUp {
  const has = (event: string) => entries.some((e) => e.entry.event === event);
  const released = has('production_release');
  const canaryTouched = has('canary_deploy.intended') || has('canary_weight.intended');
  const canaryGone = entries.some((e) => e.entry.event === 'canary_stop.completed');
  const rounds = (event: string) => entries.filter((e) => e.entry.event === event).map((e) => e.entry.n);
  const left = (deploy: string, stop: string): number | null => {
    const stopped = new Set(rounds(stop));
    return rounds(deploy).findLast((n) => !stopped.has(n)) ?? null;
  };
  return {
    zeroCanary: canaryTouched && !canaryGone && !released,
    tearDownStaging: left('staging_deploy.intended', 'staging_teardown.completed'),
    tearDownBase: left('base_deploy.intended', 'base_teardown.completed'),
  };
}
