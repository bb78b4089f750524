import { z } from 'zod';
import type { Baseline } from '../delivery/metric-source.ts';
import { branchRecord } from '../policy/branch-record.ts';
import { Finding } from '../policy/finding.ts';
import type { ApprovalJob } from '../queues/stage-job.ts';
import { findEntry } from '../runs/authorise.ts';
import { ContextPackage } from '../runs/context-package.ts';
import type { Question } from '../runs/escalate.ts';
import { readApprovalRules } from '../runs/read-approval-rules.ts';
import { readSimilarRuns } from '../runs/read-similar-runs.ts';
import { wholePayload } from '../runs/whole-payload.ts';
import type { Run } from '../store/tables.ts';
import { buildContextPackage } from './context-package.ts';
import type { Entered, StagePorts } from './enter-stage.ts';
import { type ReadingRepository, readChange } from './read-change.ts';
import { readOwners } from './read-owners.ts';
import { readBranchPolicy } from './read-policy.ts';

export interface QuestionPorts extends StagePorts {
  readonly repository: ReadingRepository;
  /** Production's own figures; null when they cannot be had. */
  readonly baseline: (run: Run, signal: AbortSignal) => Promise<Baseline | null>;
}

/** What the review left on the record that a person wants to see. */
const Reviewed = z.object({
  findings: z.array(Finding),
  score: z.strictObject({
    total: z.number(),
    terms: z.array(z.strictObject({ label: z.string(), points: z.number() })),
  }),
  agent_reasoning: z.string().nullable(),
  manifest: ContextPackage.shape.manifest.catch([]),
});

/** The question a stage puts to people, with the context package built from what the record says of the review. */
export async function stageQuestion(
  ports: QuestionPorts,
  entered: Entered,
  stage: ApprovalJob['stage'],
  reasons: Question['reasons'],
  signal: AbortSignal,
): Promise<Question> {
  const { run, record, service } = entered;
  const review = findEntry(await record.list(), 'review_evaluation', 'review');
  const reading = await readChange(ports.repository, service, ports.config.review, run, signal);
  const rules = await readApprovalRules(ports.db, ports.config, record, run);
  const reviewed = Reviewed.safeParse(review === undefined ? {} : await wholePayload(ports.db, review));
  const paths = reading.inspection.files.map((file) => file.path);
  const { owners, problems } = await readOwners(
    ports.repository,
    service.repository,
    run,
    paths,
    ports.config.people,
    signal,
  );
  const branch = await readBranchPolicy(ports.repository, service.repository, run, signal);
  const codes = reasons.map(({ code }) => code);
  return {
    stage,
    reasons,
    approvalsNeeded: rules.needed,
    approvalsWhy: rules.why,
    branchPolicy: branchRecord(branch, run.target_sha),
    owners: [...new Set(owners.flatMap(({ person }) => person ?? []))],
    deadlineAt: new Date(ports.now().getTime() + ports.config.escalation.decision_deadline_h * 3_600_000),
    contextPackage: buildContextPackage({
      title: run.title || `${run.repo}#${run.pr_number}`,
      reasons,
      inspection: reading.inspection,
      diff: reading.diff,
      findings: reviewed.data?.findings ?? [],
      score: reviewed.data?.score ?? { total: null, terms: [] },
      baseline: await ports.baseline(run, signal),
      reasoning: reviewed.data?.agent_reasoning ?? null,
      excluded: [...rules.excluded.persons],
      recommendation: rules.recommendation,
      manifest: reviewed.data?.manifest ?? [],
      problems: [...reading.inspection.problems, ...problems],
      owners,
      similarRuns: await readSimilarRuns(ports.db, run, codes),
      include: ports.config.escalation.context_package,
    }),
  };
}
