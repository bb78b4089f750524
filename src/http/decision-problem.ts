import type { FollowUpResult } from '../runs/follow-up.ts';
import type { DecisionResult } from '../runs/run-desk.ts';
import { ProblemError } from './problem-error.ts';

type NotRecorded = Exclude<DecisionResult, { kind: 'recorded' }>;

const STATUS: Record<Extract<NotRecorded, { kind: 'refused' }>['why'], number> = {
  not_waiting: 409,
  stale_head: 409,
  stale_base: 409,
  stale_policy: 409,
  reason_too_short: 422,
  not_on_hold: 409,
  canary_over: 409,
  already_approved: 409,
  not_a_person: 403,
  wrote_the_change: 403,
};

/** Why a decision does not stand, as the API and the page say it. */
export function decisionProblem(result: NotRecorded): ProblemError {
  if (result.kind === 'too_late') return new ProblemError(409, 'too_late', tooLate(result));
  return new ProblemError(STATUS[result.why], result.why, result.detail);
}

function tooLate({ stored, by }: Extract<NotRecorded, { kind: 'too_late' }>): string {
  if (stored === 'expired') return 'It was decided before: expired. Its deadline had passed.';
  return `It was decided before, by ${by}: ${stored}. The first decision stands.`;
}

/** Why a later review of an emergency is not recorded. */
export function followUpProblem(result: Extract<FollowUpResult, { kind: 'refused' }>): ProblemError {
  return new ProblemError(result.why === 'nothing_due' ? 409 : 403, result.why, result.detail);
}
