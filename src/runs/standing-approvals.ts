import type { Recorded } from '../audit/audit-log.ts';
import { mayDecide } from '../policy/people.ts';
import type { Binding, RunApprovalRules } from './read-approval-rules.ts';

export interface GivenApprovals {
  /** People whose approval counts, in the order in which they gave it. */
  readonly standing: readonly string[];
  /** People whose approval is void: the head, the base, the policy or who had a hand in the change is another one now. */
  readonly void: readonly string[];
}

/** Which of the recorded approvals of a question still stand. Pure. */
export function standingApprovals(
  entries: readonly Recorded[],
  stage: string,
  rules: Pick<RunApprovalRules, 'binding' | 'excluded'>,
  question = 0,
): GivenApprovals {
  const given = entries.filter(
    ({ entry }) =>
      entry.event === 'human_approval' && entry.stage === stage && (entry.payload['question'] ?? 0) === question,
  );
  const standing: string[] = [];
  const voided: string[] = [];
  for (const { entry } of given) {
    const person = entry.actor.id;
    const allowed = mayDecide({ person, excluded: rules.excluded, alreadyApproved: standing }).kind === 'ok';
    if (allowed && isBoundTo(entry.payload, rules.binding)) standing.push(person);
    else if (!standing.includes(person)) voided.push(person);
  }
  return {
    standing,
    void: [...new Set(voided)].filter((person) => !standing.includes(person)),
  };
}

/** Whether a recorded decision is about exactly this. What is not on the record does not match. */
function isBoundTo(payload: Readonly<Record<string, unknown>>, binding: Binding): boolean {
  return (
    payload['head_sha'] === binding.head_sha &&
    payload['base_sha'] === binding.base_sha &&
    payload['effective_policy'] === binding.effective_policy
  );
}
