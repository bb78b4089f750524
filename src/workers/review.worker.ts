import { buildReviewRequest } from '../agents/review-request.ts';
import type { Recorded } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import { crashPoint } from '../crash-point.ts';
import { TransientFailure } from '../errors.ts';
import { RunId } from '../ids.ts';
import { registry } from '../queues/registry.ts';
import type { StageJob } from '../queues/stage-job.ts';
import { askPeople } from '../runs/escalate.ts';
import { readContributors } from '../runs/read-approval-rules.ts';
import { readRun, updateRun } from '../runs/read-run.ts';
import { putBlob } from '../store/blobs.ts';
import { type AgentOutcome, type AskPorts, askAgent, type CallRef, changeEcho } from './ask-agent.ts';
import { type Entered, enterStage, waiting } from './enter-stage.ts';
import { policyRecord } from './policy-record-of.ts';
import { type ReadChange, readChange } from './read-change.ts';
import { type PolicyInputs, readPolicyInputs } from './read-policy.ts';
import { readRecordedMerge } from './recorded-merge.ts';
import { resolveMerge } from './resolve-merge.ts';
import { decideReview, type ReviewDecision } from './review.decide.ts';
import { type ParsedReview, readReview } from './review-reading.ts';
import { type QuestionPorts, stageQuestion } from './stage-question.ts';
import { type ChildJob, proceed, type StageStep, type StepContext, stop } from './step.ts';

export interface ReviewPorts extends AskPorts, QuestionPorts {
  readonly repository: QuestionPorts['repository'] & Pick<ChangeRepository, 'resolve' | 'isAncestor'>;
}

/** Resolve → read → ask the model about every chunk → score and route by code → a person, where the route says so. */
export function makeReviewHandler(ports: ReviewPorts) {
  return async function handleReview(
    job: StageJob,
    { signal, attempt, confirmOwner }: StepContext,
  ): Promise<StageStep> {
    const arrived = await enterStage(ports, 'review', job.run_id, 'first', confirmOwner);
    if (arrived.kind !== 'entered') return arrived;
    const entered = await resolveChange(ports, arrived, attempt, signal);
    if (entered === null) return stop('blocked');

    const { run, record } = entered;
    const reading = await readChange(ports.repository, entered.service, ports.config.review, run, signal);
    const asked = run.emergency_reason === null ? await reviewChunks(ports, entered, reading) : NOT_WAITED_FOR;
    if (asked.kind === 'waiting') {
      return waiting(ports, run, {
        kind: 'await_children',
        children: asked.children,
        why: 'for the review by the agent',
      });
    }
    const policy = await readPolicyInputs(ports, entered, await readContributors(ports.db, record), signal);
    const decision = decideReview({
      inspection: reading.inspection,
      review: asked.review,
      service: run.service,
      author: run.author,
      policy,
    });
    const evaluated = await recordEvaluation(ports, entered, reading, asked, decision, policy);
    if (evaluated.entry.payload['route'] === 'automated') return proceed('automated');

    const answer = await askPeople(
      ports.db,
      record,
      run,
      () => stageQuestion(ports, entered, 'review', decision.route.reasons, signal),
      'review',
      ports.now(),
    );
    if (answer.kind === 'waiting')
      return waiting(ports, run, { kind: 'await_children', children: [answer.job], why: 'for a person to decide' });
    return answer.decision.entry.outcome === 'approve' ? proceed('approved') : stop(answer.decision.entry.outcome);
  };
}

/** The run's first step that needs the repository. Null when the change cannot be worked on, which is then recorded. */
async function resolveChange(
  ports: ReviewPorts,
  entered: Entered,
  attempt: number,
  signal: AbortSignal,
): Promise<Entered | null> {
  const { run, record } = entered;
  const stored =
    (await record.find('review', 'resolve', 'change_resolved')) ??
    (await recordChange(ports, entered, attempt, signal));
  crashPoint('review:after-change');
  if (stored.entry.outcome === 'blocked') return null;
  if (run.merge_sha !== null) return entered;
  // Only where there is none: a canary may have remade it since, and who was overtaken must not put it back.
  await ports.db
    .updateTable('slipway.runs')
    .set(await readRecordedMerge(ports.db, stored))
    .where('id', '=', run.id)
    .where('merge_sha', 'is', null)
    .execute();
  const resolved = await readRun(ports.db, RunId.parse(run.id));
  return resolved === null ? null : { ...entered, run: resolved };
}

async function recordChange(
  ports: ReviewPorts,
  entered: Entered,
  attempt: number,
  signal: AbortSignal,
): Promise<Recorded> {
  const { run, record, service } = entered;
  const change = await resolveMerge(ports, entered, signal);
  // A forge that is away for a moment says nothing about the change.
  if (
    change.kind === 'unresolvable' &&
    change.reason === 'repository_unreachable' &&
    attempt < registry.review.attempts
  ) {
    throw new TransientFailure('REPOSITORY_UNREACHABLE', change.detail.slice(0, 500));
  }
  if (change.kind === 'unresolvable') {
    return record.append({
      stage: 'review',
      step: 'resolve',
      event: 'change_resolved',
      rationale: change.detail.slice(0, 2000),
      outcome: 'blocked',
      payload: { reason: change.reason },
    });
  }
  return record.append({
    stage: 'review',
    step: 'resolve',
    event: 'change_resolved',
    rationale: `merging ${run.head_sha.slice(0, 12)} into ${service.target_branch} at ${change.target_sha.slice(0, 12)}`,
    outcome: 'resolved',
    payload: { ...change },
  });
}

type Asked = { kind: 'waiting'; children: ChildJob[] } | ({ kind: 'asked' } & Reviewed);

/** In an emergency nobody waits for the agents: people decide on what code found, and somebody reviews it afterwards. */
const NOT_WAITED_FOR: Extract<Asked, { kind: 'asked' }> = {
  kind: 'asked',
  model: undefined,
  calls: [],
  review: { outcome: { kind: 'inconclusive', reason: 'emergency' }, findings: [], rationale: '' },
};

interface Reviewed {
  readonly review: ParsedReview;
  readonly model: string | undefined;
  readonly calls: readonly CallRef[];
}

async function reviewChunks(ports: ReviewPorts, { run }: Entered, reading: ReadChange): Promise<Asked> {
  if (reading.tooLarge !== null) {
    return {
      kind: 'asked',
      model: undefined,
      calls: [],
      review: {
        outcome: { kind: 'inconclusive', reason: 'diff_too_large' },
        findings: [],
        rationale: reading.tooLarge,
      },
    };
  }
  const children: ChildJob[] = [];
  const outcomes: Exclude<AgentOutcome, { kind: 'waiting' }>[] = [];
  for (const [n, chunk] of reading.chunks.entries()) {
    const outcome = await askAgent(ports, run, { stage: 'review', agent: 'review', n }, (base) =>
      buildReviewRequest({
        ...base,
        title: run.title,
        changeType: reading.inspection.change_type,
        files: reading.inspection.files,
        part: { index: n + 1, of: reading.chunks.length },
        diff: chunk.text,
      }),
    );
    if (outcome.kind === 'waiting') children.push(outcome.child);
    else outcomes.push(outcome);
  }
  if (children.length > 0) return { kind: 'waiting', children };
  const answers = outcomes.filter((outcome) => outcome.kind === 'answer');
  return {
    kind: 'asked',
    model: answers[0]?.model,
    calls: answers.map(({ call }) => call),
    review: readReview(reading.chunks, outcomes, changeEcho(run), reading.coverage),
  };
}

async function recordEvaluation(
  ports: ReviewPorts,
  { run, record }: Entered,
  reading: ReadChange,
  { review, model, calls }: Reviewed,
  { evaluation, route, score, findings, policy: decided }: ReviewDecision,
  policy: PolicyInputs,
): Promise<Recorded> {
  await putBlob(ports.db, policy.effective.text, 'application/json');
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
      agent_reasoning: review.rationale || null,
      findings,
      facts: reading.inspection.facts,
      evidence: reading.inspection.evidence,
      change_type: reading.inspection.change_type,
      problems: reading.inspection.problems,
      files: reading.inspection.files,
      policy: policyRecord(decided, policy, run.target_sha),
      coverage: reading.coverage,
      manifest: reading.manifest,
      agent_calls: calls,
    },
  });
  crashPoint('review:after-evaluation');
  await updateRun(ports.db, run.id, {
    risk_score: recorded.entry.risk_score,
    route: recorded.entry.payload['route'] === 'automated' ? 'automated' : 'human',
  });
  return recorded;
}
