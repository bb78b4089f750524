import type { Thresholds } from '../../config/schema.ts';

type StepLimits = Pick<Thresholds, 'canary_traffic_initial_pct' | 'canary_step_up_max_pct' | 'canary_step_factor'>;

/** The share after `pct`, percent, to a hundredth; null when the policy allows no larger one. */
export function nextStepPct(pct: number, limits: Omit<StepLimits, 'canary_traffic_initial_pct'>): number | null {
  const next = Math.min(Math.floor(pct * limits.canary_step_factor * 100) / 100, limits.canary_step_up_max_pct);
  return next > pct ? next : null;
}

/** Every share a canary under these limits can have, the initial one first. */
export function listStepPcts(limits: StepLimits): number[] {
  const all: number[] = [];
  for (let pct: number | null = limits.canary_traffic_initial_pct; pct !== null; pct = nextStepPct(pct, limits))
    all.push(pct);
  return all;
}
