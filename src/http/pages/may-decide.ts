import type { Caller } from '../../runs/caller.ts';
import { approversOf } from '../../runs/follow-up.ts';
import type { WaitingQuestion } from '../../runs/open-questions.ts';
import type { EscalationView, RunView } from '../../runs/run-desk.ts';
import type { Run } from '../../store/tables.ts';
import { mayUse } from '../authenticate.ts';

export type MayDecide =
  | { kind: 'may' }
  | { kind: 'may_not'; why: 'no_scope' | 'not_a_person' | 'wrote_the_change' | 'already_approved' | 'past_deadline' };

/**
 * Whether to offer the form to whoever looks at the page. Only a courtesy: the desk decides again, from the record,
 * when the form arrives.
 */
export function decideMayDecide(
  caller: Caller,
  question: Pick<WaitingQuestion, 'excluded_approvers' | 'approvals' | 'deadline_at'>,
  now: Date,
): MayDecide {
  if (!mayUse(caller, 'decide')) return { kind: 'may_not', why: 'no_scope' };
  if (caller.person === null) return { kind: 'may_not', why: 'not_a_person' };
  if (question.excluded_approvers.includes(caller.person)) return { kind: 'may_not', why: 'wrote_the_change' };
  if (question.approvals.includes(caller.person)) return { kind: 'may_not', why: 'already_approved' };
  if (question.deadline_at <= now) return { kind: 'may_not', why: 'past_deadline' };
  return { kind: 'may' };
}

/** Which form a run's page offers for a reason to be written into. */
export function offeredForm(view: RunView, caller: Caller, now: Date): 'decision' | 'emergency_review' | null {
  const { run, followUp } = view;
  if (run.status !== 'finished') {
    const open = openQuestionOf(view);
    if (open === undefined) return null;
    const { excluded_approvers } = open.package;
    return decideMayDecide(caller, { ...open, excluded_approvers }, now).kind === 'may' ? 'decision' : null;
  }
  const { person } = caller;
  const hadPart = person === run.emergency_by || approversOf(view.entries).includes(person ?? '');
  const mayReview = person !== null && !hadPart && mayUse(caller, 'decide');
  const owed = followUp !== null && followUp.closed_at === null && reachedProduction(run);
  return owed && mayReview ? 'emergency_review' : null;
}

export function openQuestionOf({ escalations }: Pick<RunView, 'escalations'>): EscalationView | undefined {
  return escalations.find(({ decision }) => decision === null);
}

/** What never reached production owes no later review. */
export function reachedProduction({ outcome }: Pick<Run, 'outcome'>): boolean {
  return outcome === null || outcome === 'deployed' || outcome === 'rolled_back';
}

/** Why the form is not there, and what would help. */
export function explainMayNot(why: Extract<MayDecide, { kind: 'may_not' }>['why'], caller: Caller): string {
  const words: Record<typeof why, string> = {
    no_scope: `You are signed in with "${caller.name}", whose token may look but not decide. Sign in with a token that has the scope "decide".`,
    not_a_person: `"${caller.name}" is a machine's token. Only people decide: sign in with a token that names you.`,
    wrote_the_change:
      'You had a hand in this change (as author, committer or co-author), so somebody else has to decide.',
    already_approved: 'You have approved it. It waits for another person.',
    past_deadline: 'The deadline has passed; the change is being rejected as expired.',
  };
  return words[why];
}
