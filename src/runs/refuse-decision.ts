import type { Recorded } from '../audit/audit-log.ts';
import type { Stage } from '../audit/entry.ts';
import { actorOf } from '../fleet/make-fleet-desk.ts';
import type { Caller } from './caller.ts';
import type { RunRecord } from './record.ts';
import type { DecisionRequest, DecisionResult } from './run-desk.ts';

export type Refused = Extract<DecisionResult, { kind: 'refused' }>;

interface Attempt {
  readonly record: RunRecord;
  readonly stage: Stage;
  /** The number of the question in its stage. */
  readonly question: number;
  readonly request: DecisionRequest;
  readonly caller: Caller;
}

/**
 * Records that somebody tried to decide an open question and why that does not count: a person who may not, a machine, or a page
 * that was about another head, base or policy. The same attempt again adds nothing, so that who tries for ever cannot fill the
 * record.
 */
export async function refuseDecision(attempt: Attempt, refused: Refused): Promise<Refused> {
  const { record, stage, question, request, caller } = attempt;
  const actor = actorOf(caller);
  const before = (await record.list()).filter(
    ({ entry }) => entry.event === 'decision_refused' && entry.stage === stage,
  );
  const isSame = ({ entry }: Recorded) =>
    entry.actor.kind === actor.kind &&
    entry.actor.id === actor.id &&
    entry.outcome === refused.why &&
    entry.payload['wanted'] === request.decision &&
    entry.payload['question'] === question;
  if (before.some(isSame)) return refused;
  const put = await record.append({
    stage,
    step: 'route',
    event: 'decision_refused',
    n: before.length,
    actor,
    rationale: refused.detail,
    outcome: refused.why,
    payload: {
      wanted: request.decision,
      question,
      // What the caller looked at, which is not what the run is about where the page was stale.
      head_sha: request.head_sha,
      base_sha: request.base_sha ?? null,
      effective_policy: request.effective_policy ?? null,
      token: caller.tokenId,
    },
  });
  // Another attempt at the same moment took the place.
  return put.dup && !isSame(put) ? refuseDecision(attempt, refused) : refused;
}
