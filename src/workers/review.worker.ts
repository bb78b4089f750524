import type { Recorded } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import { crashPoint } from '../crash-point.ts';
import { TransientFailure } from '../errors.ts';
import { registry } from '../queues/registry.ts';
import type { StageJob } from '../queues/stage-job.ts';
import { askPeople } from '../runs/escalate.ts';
import type { Projection } from '../runs/read-run.ts';
import { type Entered, enterStage, waiting } from './enter-stage.ts';
import { readRecordedMerge } from './recorded-merge.ts';
import { resolveMerge } from './resolve-merge.ts';
import { type ExaminePorts, examineChange } from './review/examine-change.ts';
import { makeReadOnce } from './review/read-once.ts';
import { recordEvaluation, settleEvaluation } from './review/record-evaluation.ts';
import { type QuestionPorts, stageQuestion } from './stage-question.ts';
import { proceed, type StageStep, type StepContext, stop } from './step.ts';

export interface ReviewPorts extends ExaminePorts, QuestionPorts {
  readonly repository: QuestionPorts['repository'] & Pick<ChangeRepository, 'resolve' | 'isAncestor'>;
}

/** Resolve → examine (agents report, code scores and routes) → record → a person, where the route says so. */
export function makeReviewHandler(ports: ReviewPorts) {
  const readOnce = makeReadOnce();
  return async function handleReview(
    job: StageJob,
    { signal, attempt, confirmOwner }: StepContext,
  ): Promise<StageStep> {
    const arrived = await enterStage(ports, 'review', job.run_id, 'first', confirmOwner);
    if (arrived.kind !== 'entered') return arrived;
    const resolved = await resolveChange(ports, arrived, attempt, signal);
    if (resolved === null) return stop('blocked');

    const { entered, learned } = resolved;
    const { run, record } = entered;
    let evaluated = await record.find('review', 'evaluate', 'review_evaluation');
    if (evaluated === null) {
      const examined = await examineChange(ports, entered, readOnce, signal);
      if (examined.kind === 'waiting')
        return waiting(ports, run, { kind: 'await_children', children: examined.children, why: examined.why }, learned);
      evaluated = await recordEvaluation(ports, entered, examined);
    }
    const said = await settleEvaluation(ports, run, evaluated, learned);
    if (said.route === 'automated') return proceed('automated');

    const answer = await askPeople(
      ports.db,
      record,
      run,
      () => stageQuestion(ports, entered, 'review', said.reasons, signal),
      'review',
      ports.now(),
      entered.holding(null),
    );
    if (answer.kind === 'waiting')
      return waiting(ports, run, { kind: 'await_children', children: [answer.job], why: 'for a person to decide' });
    return answer.decision.entry.outcome === 'approve' ? proceed('approved') : stop(answer.decision.entry.outcome);
  };
}

/**
 * The run's first step that needs the repository. Null when the change cannot be worked on, which is then recorded.
 * `learned` is what the run's row does not show yet: it is written with what this step says of the run in the end.
 */
async function resolveChange(
  ports: ReviewPorts,
  entered: Entered,
  attempt: number,
  signal: AbortSignal,
): Promise<{ entered: Entered; learned: Projection } | null> {
  const { run, record } = entered;
  const stored =
    (await record.find('review', 'resolve', 'change_resolved')) ??
    (await recordChange(ports, entered, attempt, signal));
  crashPoint('review:after-change');
  if (stored.entry.outcome === 'blocked') return null;
  if (run.merge_sha !== null) return { entered, learned: {} };
  const merge = await readRecordedMerge(ports.db, stored);
  return { entered: { ...entered, run: { ...run, ...merge } }, learned: { first_merge: merge } };
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
