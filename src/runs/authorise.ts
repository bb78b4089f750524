import type { Recorded } from '../audit/audit-log.ts';
import type { Event, Stage } from '../audit/entry.ts';

/** Finds what allows an act, on the record only. No entry means no. All functions here are pure. */

export function findEntry(entries: readonly Recorded[], event: Event, stage?: Stage, n?: number): Recorded | undefined {
  return entries.findLast(
    (e) =>
      e.entry.event === event &&
      (stage === undefined || e.entry.stage === stage) &&
      (n === undefined || e.entry.n === n),
  );
}

/** Staging: the review was automated, or a person approved; and no later stage's question is open or refused. */
export function authorisesStaging(entries: readonly Recorded[]): Recorded | null {
  const review = findEntry(entries, 'review_evaluation', 'review');
  if (review === undefined) return null;
  const byReview = review.entry.payload['route'] === 'automated' ? review : approvalOf(entries, 'review');
  if (byReview === null) return null;
  if (findEntry(entries, 'test_generation', 'test-gen') === undefined) return null;
  const asked = findEntry(entries, 'escalated', 'test-gen');
  return asked === undefined ? byReview : approvalOf(entries, 'test-gen');
}

/** Canary: staging validated exactly the artifact that is to take traffic. */
export function authorisesCanary(entries: readonly Recorded[], artifact: string): Recorded | null {
  const validation = findEntry(entries, 'staging_validation', 'staging');
  if (validation === undefined || validation.entry.payload['artifact'] !== artifact) return null;
  const asked = findEntry(entries, 'escalated', 'staging');
  return asked === undefined ? validation : approvalOf(entries, 'staging');
}

/** Promotion: a recorded PASS for this artifact, or that of a canary on hold which a person decided to promote. */
export function authorisesPromotion(entries: readonly Recorded[], artifact: string): Recorded | null {
  const verdict = findEntry(entries, 'canary_verdict', 'canary');
  if (verdict === undefined || verdict.entry.payload['artifact'] !== artifact) return null;
  return verdict.entry.outcome === 'PASS' || decidedByPerson(entries, verdict, artifact) ? verdict : null;
}

/** Without proof and without suspicion a person may say so; the verdict names the decision, and both name the artifact. */
function decidedByPerson(entries: readonly Recorded[], { entry: verdict }: Recorded, artifact: string): boolean {
  if (verdict.outcome !== 'INCONCLUSIVE') return false;
  return entries.some(
    ({ entry, receipt }) =>
      receipt.seq === verdict.payload['decided_by'] &&
      entry.event === 'human_decision' &&
      entry.stage === 'canary' &&
      entry.outcome === 'approve' &&
      entry.actor.kind === 'human' &&
      entry.payload['artifact'] === artifact,
  );
}

function approvalOf(entries: readonly Recorded[], stage: Stage): Recorded | null {
  const decision = findEntry(entries, 'human_decision', stage);
  return decision !== undefined && decision.entry.outcome === 'approve' && decision.entry.actor.kind === 'human'
    ? decision
    : null;
}
