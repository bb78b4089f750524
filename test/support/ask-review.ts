import { askPeople } from '../../src/runs/escalate.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { Run } from '../../src/store/tables.ts';
import type { DeskBench } from './fleet-desk.ts';

/** A run whose review asks a person, for its score. */
export async function askReview(bench: DeskBench, deadlineAt: Date): Promise<Run> {
  const run = await bench.enqueue();
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
  const question = {
    stage: 'review' as const,
    reasons: [{ code: 'risk_score', text: 'risky' }],
    contextPackage,
    approvalsNeeded: 1,
    approvalsWhy: [],
    owners: [],
    branchPolicy: null,
    deadlineAt,
  };
  const record = openRecord(bench.ground.audit, run, bench.config.policy_hash);
  const answer = await askPeople(bench.ground.db, record, run, () => Promise.resolve(question), 'review', new Date());
  if (answer.kind !== 'waiting') throw new Error('it does not wait');
  return run;
}
