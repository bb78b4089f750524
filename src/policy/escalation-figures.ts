import type { DecidedRun } from './decided-run.ts';
import { isAboutTheChange } from './route-reason.ts';
import { isBad, isGood } from './simulate.ts';
import { type Rate, wilson } from './wilson.ts';

export interface EscalationFigures {
  /** Changes: several runs of one head are one, so that running a harmless one again makes the rate no better. */
  readonly reviewed: number;
  /** Those that a person was asked about because of the change itself, in any stage: the rollout's own questions are none. */
  readonly escalated: Rate;
  /** Asked only because the rollout does not take them yet. */
  readonly shadow: number;
  /** Of the shadow runs that people decided: approved, as code would have done. */
  readonly shadow_agreement: Rate;
  /** Of the decisions where code had an opinion: how often the person had the same. */
  readonly agreement: Rate;
  /** Of the escalations whose end is known: approved and deployed without a rollback. */
  readonly false_positive: Rate;
  /** Median from the question to a person's decision, seconds; null where nobody decided. */
  readonly time_to_decision_s: number | null;
}

/** How escalation works out for people, over any set of reviewed runs. Pure. */
export function escalationFigures(runs: readonly DecidedRun[]): EscalationFigures {
  const escalated = runs.filter(({ reasons, asked_later }) => asked_later || reasons.some(isAboutTheChange));
  const reviewed = countChanges(runs);
  const shadow = runs.filter(({ reasons }) => reasons.includes('rollout'));
  const decided = runs.filter(({ decision }) => decision === 'approve' || decision === 'reject');
  const compared = decided.filter(({ recommendation }) => recommendation === 'approve' || recommendation === 'reject');
  const agreed = (of: readonly DecidedRun[]) => of.filter((run) => run.decision === run.recommendation).length;
  const settled = escalated.filter((run) => isGood(run) || isBad(run));
  const shadowDecided = compared.filter((run) => shadow.includes(run));
  return {
    reviewed,
    escalated: wilson(countChanges(escalated), reviewed),
    shadow: shadow.length,
    shadow_agreement: wilson(agreed(shadowDecided), shadowDecided.length),
    agreement: wilson(agreed(compared), compared.length),
    false_positive: wilson(settled.filter(isGood).length, settled.length),
    time_to_decision_s: median(decided.flatMap(({ decided_after_s }) => decided_after_s ?? [])),
  };
}

function countChanges(runs: readonly DecidedRun[]): number {
  return new Set(runs.map(({ repo, pr_number, head_sha }) => `${repo}#${pr_number} ${head_sha}`)).size;
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
