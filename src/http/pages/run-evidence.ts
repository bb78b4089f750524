import type { z } from 'zod';
import type { Recorded } from '../../audit/audit-log.ts';
import { ContextPackage } from '../../runs/context-package.ts';
import { type RunView } from '../../runs/run-desk.ts';

/** What is known about a change, for the page: each part null when nobody wrote it down. */
export type RunEvidence = { readonly [K in keyof ContextPackage]: ContextPackage[K] | null };

/**
 * The latest context package; for a run that asked nobody, the parts that its review left on the record under the same
 * names (`findings`, `score`, `facts`, `evidence`, …). A part in another shape is left to the entries table.
 */
export function readEvidence(view: Pick<RunView, 'escalations' | 'entries' | 'policy'>): RunEvidence {
  const latest = [...view.escalations].sort((a, b) => a.opened_at.getTime() - b.opened_at.getTime()).at(-1);
  if (latest) return latest.package;
  const payload = view.entries.findLast(isReview)?.entry.payload ?? {};
  const { shape } = ContextPackage;
  return {
    title: part(shape.title, payload['title']),
    reasons: part(shape.reasons, payload['reasons']),
    diff_summary: part(shape.diff_summary, payload['diff_summary']),
    findings: part(shape.findings, payload['findings']),
    score: part(shape.score, payload['score']),
    facts: part(shape.facts, payload['facts']),
    evidence: part(shape.evidence, payload['evidence']),
    baseline: part(shape.baseline, payload['baseline']),
    agent_reasoning: part(shape.agent_reasoning, payload['agent_reasoning']),
    excluded_approvers: part(shape.excluded_approvers, payload['excluded_approvers']),
    recommendation: view.policy?.recommendation ?? null,
    manifest: part(shape.manifest, payload['manifest']),
    problems: part(shape.problems, payload['problems']),
    owners: null,
    similar_runs: null,
  };
}

function isReview(recorded: Recorded): boolean {
  return recorded.entry.event === 'review_evaluation';
}

function part<T>(schema: z.ZodType<T>, value: unknown): T | null {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
