import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import type { Caller } from './caller.ts';
import type { Refused } from './refuse-decision.ts';
import type { DecisionRequest, DecisionResult } from './run-desk.ts';

/**
 * A question that was taken back says why; any other was decided by somebody, or by its deadline. Who sends their own decision
 * again, word for word, is answered as the first time: a second click is no second opinion.
 */
export function alreadyDecided({ entry }: Recorded, request: DecisionRequest, { person }: Caller): DecisionResult {
  if (entry.outcome === 'withdrawn') return canaryOver(entry.rationale);
  const repeated =
    entry.actor.kind === 'human' &&
    entry.actor.id === person &&
    entry.outcome === request.decision &&
    entry.rationale === request.reason;
  if (!repeated) return { kind: 'too_late', stored: entry.outcome, by: entry.actor.id };
  const { approvals, needed } = Counted.parse(entry.payload);
  return { kind: 'recorded', decision: request.decision, approvals, needed };
}

const Counted = z.object({ approvals: z.int(), needed: z.int() });

/** A second click, or a request whose answer was lost: what this person says stands already, word for word. */
export function isRepeated(
  entries: readonly Recorded[],
  stage: string,
  n: number,
  request: DecisionRequest,
  person: string,
): boolean {
  return entries.some(
    ({ entry }) =>
      entry.event === 'human_approval' &&
      entry.stage === stage &&
      (entry.payload['question'] ?? 0) === n &&
      entry.actor.id === person &&
      entry.rationale === request.reason,
  );
}

export function canaryOver(why: string): Refused {
  return { kind: 'refused', why: 'canary_over', detail: `nothing can be decided about this canary any more: ${why}` };
}
