import { z } from 'zod';
import type { Baseline } from '../delivery/metric-source.ts';
import { Finding } from '../policy/finding.ts';
import { approvalsNeeded } from '../policy/people.ts';
import type { ApprovalJob } from '../queues/stage-job.ts';
import { findEntry } from '../runs/authorise.ts';
import { readExcluded } from '../runs/decide-run.ts';
import type { Question } from '../runs/escalate.ts';
import type { Run } from '../store/tables.ts';
import { buildContextPackage } from './context-package.ts';
import type { Entered, StagePorts } from './enter-stage.ts';
import { readChange, type ReadingRepository } from './read-change.ts';

export interface QuestionPorts extends StagePorts {
  readonly repository: ReadingRepository;
  /** Production's own figures; null when they cannot be had. */
  readonly baseline: (run: Run, signal: AbortSignal) => Promise<Baseline | null>;
}

const Terms = z.array(z.strictObject({ label: z.string(), points: z.number() }));

/** The question a stage puts to people, with the context package built from what the record says of the review. */
export async function stageQuestion(ports: QuestionPorts, entered: Entered, stage: ApprovalJob['stage'], reasons: Question['reasons'], signal: AbortSignal): Promise<Question> {
  const { run, record, service } = entered;
  const review = findEntry(await record.list(), 'review_evaluation', 'review');
  const exclusion = await readExcluded(ports.config, record, run);
  const reading = await readChange(ports.repository, service, run, signal);
  const findings = Finding.array().safeParse(review?.entry.payload['findings']);
  const terms = Terms.safeParse(review?.entry.payload['score_terms']);
  return {
    stage,
    reasons,
    approvalsNeeded: approvalsNeeded(exclusion),
    deadlineAt: new Date(ports.now().getTime() + ports.config.escalation.decision_deadline_h * 3_600_000),
    contextPackage: buildContextPackage({
      title: run.title || `${run.repo}#${run.pr_number}`,
      reasons,
      inspection: reading.inspection,
      diff: reading.diff,
      findings: findings.success ? findings.data : [],
      score: { total: review?.entry.risk_score ?? null, terms: terms.success ? terms.data : [] },
      baseline: await ports.baseline(run, signal),
      reasoning: review?.entry.rationale ?? null,
      excluded: [...exclusion.persons],
      include: ports.config.escalation.context_package,
    }),
  };
}
