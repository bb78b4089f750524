import { z } from 'zod';
import type { Receipt, Recorded } from '../audit/audit-log.ts';
import type { Event, Stage } from '../audit/entry.ts';
import { isGated } from '../policy/canary-path.ts';
import { readCanaryQuestions } from './canary-questions.ts';

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

/**
 * Promotion: a recorded PASS for this artifact that stops at no gate, or that of a canary on hold which a person decided to
 * promote.
 */
export function authorisesPromotion(entries: readonly Recorded[], artifact: string): Recorded | null {
  const verdict = findEntry(entries, 'canary_verdict', 'canary');
  if (verdict === undefined || verdict.entry.payload['artifact'] !== artifact) return null;
  const passed = verdict.entry.outcome === 'PASS' && !stopsAtGate(entries, verdict, artifact);
  return passed || decidedByPerson(entries, verdict, artifact) ? verdict : null;
}

const RESTS_ON: ReadonlySet<Event> = new Set<Event>([
  'review_evaluation',
  'test_generation',
  'staging_validation',
  'escalated',
  'human_approval',
  'human_decision',
  'canary_started',
  'canary_weight.intended',
  'canary_verdict',
]);

/** What was read to let this run come to its promotion, in order: route, approvals, validation, shares, and the verdict last. */
export function promotionRestsOn(entries: readonly Recorded[], verdict: Recorded): Receipt[] {
  const upTo = BigInt(verdict.receipt.seq);
  return entries.flatMap(({ entry, receipt }) =>
    RESTS_ON.has(entry.event) && BigInt(receipt.seq) <= upTo ? [receipt] : [],
  );
}

/** A gate between its last share and production, and nobody who let exactly this artifact through. A dry run has no share. */
function stopsAtGate(entries: readonly Recorded[], { entry: verdict }: Recorded, artifact: string): boolean {
  const started = findEntry(entries, 'canary_started', 'canary');
  const path = Gated.safeParse(started?.entry.payload);
  if (!path.success || verdict.dry_run) return false;
  const raised = entries.findLast(
    ({ entry }) => entry.stage === 'canary' && entry.step === 'step' && entry.event === 'canary_weight.intended',
  );
  const share = Share.safeParse(raised?.entry.payload);
  if (!isGated(path.data, share.success ? share.data.pct : path.data.canary_pct, 100)) return false;
  return !entries.some((decision) => letsToProduction(entries, decision, artifact));
}

const Gated = z.object({ gates: z.array(z.number()), canary_pct: z.number() });
const Share = z.object({ pct: z.number() });

/** A person's yes to production, about this artifact. One to a smaller share is none. */
function letsToProduction(entries: readonly Recorded[], { entry }: Recorded, artifact: string): boolean {
  return (
    entry.event === 'human_decision' &&
    entry.stage === 'canary' &&
    entry.outcome === 'approve' &&
    entry.actor.kind === 'human' &&
    entry.payload['artifact'] === artifact &&
    readCanaryQuestions(entries).some(({ n, toPct }) => n === entry.n && toPct === 100)
  );
}

/** Without proof and without suspicion a person may say so; the verdict names the decision, and both name the artifact. */
function decidedByPerson(entries: readonly Recorded[], { entry: verdict }: Recorded, artifact: string): boolean {
  if (verdict.outcome !== 'INCONCLUSIVE') return false;
  return entries.some(
    (decision) =>
      decision.receipt.seq === verdict.payload['decided_by'] && letsToProduction(entries, decision, artifact),
  );
}

function approvalOf(entries: readonly Recorded[], stage: Stage): Recorded | null {
  const decision = findEntry(entries, 'human_decision', stage);
  return decision !== undefined && decision.entry.outcome === 'approve' && decision.entry.actor.kind === 'human'
    ? decision
    : null;
}
