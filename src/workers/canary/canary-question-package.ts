import { StoreDown } from '../../errors.ts';
import type { CanaryFigures, ContextPackage } from '../../runs/context-package.ts';
import type { Question } from '../../runs/escalate.ts';
import { readApprovalRules, readLastBranch } from '../../runs/read-approval-rules.ts';
import { readPolicyRecord } from '../../runs/read-policy-record.ts';
import { withDeadline } from '../../with-deadline.ts';
import type { Entered } from '../enter-stage.ts';
import { stageQuestion } from '../stage-question.ts';
import type { CanaryPorts } from './canary-ports.ts';

/** The change is read for whoever decides, but a live canary is not left unwatched for it. */
const READ_CHANGE_MS = 5_000;

/** A question about a live canary: its figures first, and the change as far as it can be read in a moment. */
export async function canaryQuestion(
  ports: CanaryPorts,
  entered: Entered,
  { code, text, figures }: { readonly code: string; readonly text: string; readonly figures: CanaryFigures },
  signal: AbortSignal,
): Promise<Question> {
  const reasons = [{ code, text }];
  // Production's figures of the same hours as the canary's are among its numbers.
  const withoutBaseline = { ...ports, baseline: () => Promise.resolve(null) };
  const read = (soon: AbortSignal) => stageQuestion(withoutBaseline, entered, 'canary', reasons, soon);
  const question = await withDeadline(signal, READ_CHANGE_MS, read).catch((error: unknown) => {
    if (signal.aborted || error instanceof StoreDown) throw error;
    return questionFromRecord(ports, entered, reasons, error);
  });
  return {
    ...question,
    deadlineAt: new Date(figures.until),
    contextPackage: { ...question.contextPackage, canary: figures },
  };
}

/** The repository is out of reach: people are asked all the same, by what the record says. */
async function questionFromRecord(
  { db, config }: CanaryPorts,
  { run, record }: Entered,
  reasons: ContextPackage['reasons'],
  error: unknown,
): Promise<Omit<Question, 'deadlineAt'>> {
  const rules = await readApprovalRules(db, config, record, run);
  const entries = await record.list();
  const why = error instanceof Error ? error.message : 'unknown';
  return {
    stage: 'canary',
    reasons,
    approvalsNeeded: rules.needed,
    approvalsWhy: rules.why,
    branchPolicy: readLastBranch(entries, await readPolicyRecord(db, entries)),
    owners: [],
    contextPackage: {
      title: run.title || `${run.repo}#${run.pr_number}`,
      reasons,
      diff_summary: null,
      findings: [],
      score: { total: run.risk_score, terms: [] },
      facts: {},
      evidence: [],
      baseline: null,
      agent_reasoning: null,
      excluded_approvers: [...rules.excluded.persons],
      recommendation: rules.recommendation,
      manifest: [],
      problems: [`the change could not be read when this was asked: ${why}`.slice(0, 500)],
      owners: [],
      similar_runs: [],
    },
  };
}
