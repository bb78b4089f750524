import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Recorded } from '../../audit/audit-log.ts';
import { crashPoint } from '../../crash-point.ts';
import { Finding } from '../../policy/finding.ts';
import { RouteReason } from '../../policy/route-reason.ts';
import { saveFindings } from '../../runs/finding-store.ts';
import { type Projection, updateRun } from '../../runs/read-run.ts';
import { wholePayload } from '../../runs/whole-payload.ts';
import { ensureBlob } from '../../store/blobs.ts';
import type { Database, Run } from '../../store/tables.ts';
import type { Entered, StagePorts } from '../enter-stage.ts';
import type { Examined } from './examine-change.ts';
import { policyRecord } from './policy-record-of.ts';
import { readReviewUsage } from './review-usage.ts';

/** Writes down everything the review rests on: findings, facts, what was read, every call and what it cost. */
export async function recordEvaluation(
  ports: StagePorts,
  { run, record }: Entered,
  { reading, review, decision, policy, sceptic, fixed, model, calls }: Examined,
): Promise<Recorded> {
  const { evaluation, route, score, findings } = decision;
  const [usage] = await Promise.all([
    readReviewUsage(ports.db, run, reading),
    ensureBlob(ports.db, policy.effective.text, 'application/json'),
  ]);
  const { inspection } = reading;
  const recorded = await record.append({
    stage: 'review',
    step: 'evaluate',
    event: 'review_evaluation',
    rationale: evaluation.rationale,
    outcome: review.outcome.kind,
    risk_score: score.total,
    ...(model === undefined ? {} : { actor: { kind: 'agent', id: model } as const, model }),
    payload: {
      ...evaluation,
      route: route.route,
      reasons: route.reasons,
      inconclusive: review.outcome.kind === 'inconclusive' ? review.outcome.reason : null,
      score: { total: score.total, terms: score.terms },
      score_floors: score.floors,
      agent_reasoning: review.rationale || null,
      findings,
      fixed_findings: fixed.map(({ fingerprint }) => fingerprint),
      sceptic: sceptic === null ? null : { refuted: sceptic.refuted, reasoning: sceptic.reasoning },
      facts: inspection.facts,
      evidence: inspection.evidence,
      change_type: inspection.change_type,
      problems: inspection.problems,
      files: inspection.files,
      policy: policyRecord(decision.policy, policy, run.target_sha),
      coverage: reading.coverage,
      manifest: reading.manifest,
      usage,
      agent_calls: calls,
    },
  });
  crashPoint('review:after-evaluation');
  return recorded;
}

/** What the stage goes on with; read from the record, so that it is what stands there and not what would be found now. */
const Said = z.object({
  route: z.enum(['automated', 'human']),
  reasons: z.array(RouteReason),
  findings: z.array(Finding),
  fixed_findings: z.array(z.string()).default([]),
});

/** Brings the projections in line with a recorded review. Idempotent: a crash in between is made up for by the next step. */
export async function settleEvaluation(
  ports: { readonly db: Kysely<Database> },
  run: Run,
  evaluated: Recorded,
  learned: Projection,
): Promise<Pick<z.infer<typeof Said>, 'route' | 'reasons'>> {
  const { route, reasons, findings, fixed_findings } = Said.parse(await wholePayload(ports.db, evaluated));
  await saveFindings(ports.db, run, findings, fixed_findings);
  await updateRun(ports.db, run.id, { ...learned, risk_score: evaluated.entry.risk_score, route });
  return { route, reasons };
}
