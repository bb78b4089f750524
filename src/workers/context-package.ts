import type { Inspection } from '../change/change.ts';
import type { SlipwayFile } from '../config/schema.ts';
import type { Baseline } from '../delivery/metric-source.ts';
import type { Finding } from '../policy/finding.ts';
import type { ContextPackage } from '../runs/context-package.ts';

const MAX_DIFF_CHARS = 200_000;

/** All that the person who decides should not have to look up. Parts switched off in the configuration are null. */
export function buildContextPackage(input: {
  title: string;
  reasons: readonly { code: string; text: string }[];
  inspection: Inspection;
  diff: string | null;
  findings: readonly Finding[];
  score: { readonly total: number | null; readonly terms: readonly { label: string; points: number }[] };
  baseline: Baseline | null;
  reasoning: string | null;
  excluded: readonly string[];
  recommendation: ContextPackage['recommendation'];
  manifest: ContextPackage['manifest'];
  problems: readonly string[];
  owners: ContextPackage['owners'];
  similarRuns: ContextPackage['similar_runs'];
  include: SlipwayFile['escalation']['context_package'];
}): ContextPackage {
  const { inspection, include } = input;
  const diff = input.diff ?? '';
  return {
    title: input.title,
    reasons: [...input.reasons],
    diff_summary: include.include_diff_summary
      ? {
          files: inspection.files.map(({ path, status, added, removed }) => ({ path, status, added, removed })),
          added: inspection.files.reduce((sum, file) => sum + file.added, 0),
          removed: inspection.files.reduce((sum, file) => sum + file.removed, 0),
          diff: diff.slice(0, MAX_DIFF_CHARS),
          cut: input.diff === null || diff.length > MAX_DIFF_CHARS,
        }
      : null,
    findings: [...input.findings],
    score: { total: input.score.total, terms: [...input.score.terms] },
    facts: { ...inspection.facts },
    evidence: inspection.evidence,
    baseline:
      include.include_baseline_metrics && input.baseline
        ? Object.fromEntries(
            Object.entries(input.baseline).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
          )
        : null,
    agent_reasoning: include.include_agent_reasoning ? input.reasoning : null,
    excluded_approvers: [...input.excluded],
    recommendation: input.recommendation,
    manifest: input.manifest,
    problems: [...input.problems],
    owners: input.owners,
    similar_runs: input.similarRuns,
  };
}
