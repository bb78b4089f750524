import type { Question } from '../../src/runs/escalate.ts';

/** A review's question to people, with an empty context package. */
export function reviewQuestion({
  deadlineAt,
  needed = 1,
  reasons = [{ code: 'risk_score', text: 'risky' }],
}: {
  deadlineAt: Date;
  needed?: number;
  reasons?: { code: string; text: string }[];
}): Question {
  const contextPackage = {
    title: 'A change',
    reasons: [],
    diff_summary: null,
    findings: [],
    score: { total: null, terms: [] },
    facts: {},
    evidence: [],
    baseline: null,
    agent_reasoning: null,
    excluded_approvers: [],
    recommendation: null,
    manifest: [],
    problems: [],
    owners: [],
    similar_runs: [],
  };
  return {
    stage: 'review',
    reasons,
    contextPackage,
    approvalsNeeded: needed,
    approvalsWhy: [],
    owners: [],
    branchPolicy: null,
    deadlineAt,
  };
}
