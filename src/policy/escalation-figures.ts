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

/** How escalation works out for people, over any set of reviewed runs. Pure; remembers each change by its name. */
export function makeEscalationFigures() {
  const reviewed = new Set<string>();
  const escalated = new Set<string>();
  const times: number[] = [];
  const shadows = { runs: 0, compared: 0, agreed: 0 };
  const decisions = { compared: 0, agreed: 0 };
  const settled = { good: 0, all: 0 };

  function add(run: DecidedRun): void {
    const change = changeOf(run);
    reviewed.add(change);
    const isShadow = run.reasons.includes('rollout');
    if (isShadow) shadows.runs += 1;
    if (run.asked_later || run.reasons.some(isAboutTheChange)) {
      escalated.add(change);
      if (isGood(run)) settled.good += 1;
      if (isGood(run) || isBad(run)) settled.all += 1;
    }
    if (run.decision !== 'approve' && run.decision !== 'reject') return;
    if (run.decided_after_s !== null) times.push(run.decided_after_s);
    if (run.recommendation !== 'approve' && run.recommendation !== 'reject') return;
    for (const count of isShadow ? [decisions, shadows] : [decisions]) {
      count.compared += 1;
      if (run.decision === run.recommendation) count.agreed += 1;
    }
  }

  function result(): EscalationFigures {
    return {
      reviewed: reviewed.size,
      escalated: wilson(escalated.size, reviewed.size),
      shadow: shadows.runs,
      shadow_agreement: wilson(shadows.agreed, shadows.compared),
      agreement: wilson(decisions.agreed, decisions.compared),
      false_positive: wilson(settled.good, settled.all),
      time_to_decision_s: median(times),
    };
  }

  return { add, result };
}

/** One head of one pull request, as a name. */
export function changeOf({ repo, pr_number, head_sha }: DecidedRun): string {
  return `${repo}#${pr_number} ${head_sha}`;
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
