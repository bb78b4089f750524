import type { SlipwayFile } from '../config/schema.ts';
import type { EscalationFigures } from './escalation-figures.ts';
import type { GateSample } from './gate-sample.ts';
import { describeRate, type Rate } from './wilson.ts';

export interface GateFacts {
  readonly automated_pct: number;
  readonly settings: SlipwayFile['rollout'];
  readonly figures: EscalationFigures;
  readonly sample: GateSample;
  /** Whether the policy that the gate is taken from is the one that the newest run came under. */
  readonly in_force: boolean;
  /** Whether `audit verify` finds nothing wrong, and how many problems it found. */
  readonly audit: { readonly ok: boolean; readonly problems: number };
}

export type GateDecision =
  | { kind: 'may'; next: number }
  | { kind: 'complete' }
  /** All that stands in the way, not only the first. */
  | { kind: 'refused'; next: number; why: readonly string[] };

/** Whether the rollout may take its next step. Pure. */
export function decideAdvance({ automated_pct, settings, figures, sample, in_force, audit }: GateFacts): GateDecision {
  if (automated_pct >= 100) return { kind: 'complete' };
  const next = settings.steps.toSorted((a, b) => a - b).find((step) => step > automated_pct) ?? 100;
  const why: string[] = [];
  if (!in_force)
    why.push('this slipway.yaml is not the one that the newest run came under: use the file that the fleet runs with');
  const most = settings.max_escalation_rate;
  const below = `it must be below ${Number((most * 100).toFixed(2))} %`;
  if (sample.escalated.of < settings.min_runs)
    why.push(
      `${sample.escalated.of} pull requests of ${settings.window_days} days count; rollout.min_runs is ${settings.min_runs}`,
    );
  if (isTooMany(sample.escalated, most))
    why.push(`of the pull requests that count ${describeRate(sample.escalated)} went to a person; ${below}`);
  if (isTooMany(figures.escalated, most))
    why.push(`the escalation rate is ${describeRate(figures.escalated)}; ${below}`);
  if (!audit.ok) why.push(`the record does not verify: ${audit.problems} problems, see slipway audit verify`);
  return why.length === 0 ? { kind: 'may', next } : { kind: 'refused', next, why };
}

function isTooMany({ rate }: Rate, most: number): boolean {
  return rate === null || rate >= most;
}
