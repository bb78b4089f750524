import { z } from 'zod';
import type { AgentRequest } from '../agents/agent-call.ts';
import { parseAnswer } from '../agents/parse-answer.ts';
import type { RequestBase } from '../agents/request-base.ts';
import { buildValidationRequest } from '../agents/validation-request.ts';
import type { Recorded } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import { crashPoint } from '../crash-point.ts';
import { judgeStaging, StagingMeasurement } from '../delivery/compare-staging.ts';
import type { MetricSource } from '../delivery/metric-source.ts';
import type { DeliveryTarget } from '../delivery/target.ts';
import { RunId } from '../ids.ts';
import type { StagingJob } from '../queues/stage-job.ts';
import { authorisesStaging, findEntry } from '../runs/authorise.ts';
import { askPeople } from '../runs/escalate.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { acquireLease, heldLease, releaseLease } from '../store/leases.ts';
import type { Run } from '../store/tables.ts';
import { readApprovalState } from './approval-in-force.ts';
import { type AskPorts, askAgent, changeEcho } from './ask-agent.ts';
import { deployTo, type EffectScope, retireFrom } from './delivery-effects.ts';
import { type Entered, enterStage, waiting } from './enter-stage.ts';
import { holdDelivery } from './hold-delivery.ts';
import { holdMerge, type MergeRepository } from './hold-merge.ts';
import { measureStaging } from './measure-staging.ts';
import { type QuestionPorts, stageQuestion } from './stage-question.ts';
import { proceed, type StageStep, type StepContext, stop } from './step.ts';

export interface StagingPorts extends AskPorts, QuestionPorts {
  readonly repository: QuestionPorts['repository'] &
    Pick<ChangeRepository, 'materialise' | 'readFile'> &
    MergeRepository;
  /** Null when the start-up probe got out of it: then the smoke suite of a service that has one cannot pass. */
  readonly sandbox: Sandbox | null;
  readonly delivery: (run: Run) => { target: DeliveryTarget; metrics: MetricSource };
}

/** Deploy → measure → gates by code → the agent's veto. What was measured is recorded before it is judged. */
export function makeStagingHandler(ports: StagingPorts) {
  return async function handleStaging(
    job: StagingJob,
    { signal, upstream, confirmOwner }: StepContext,
  ): Promise<StageStep> {
    // A repeated round is a child of the canary stage and has no stage below; it stands on the record alone.
    const below = job.round === 0 ? upstream : 'first';
    const entered = await enterStage(ports, 'staging', job.run_id, below, confirmOwner);
    if (entered.kind !== 'entered') return entered;
    const { run, record } = entered;
    const ended = await readEnd(entered, job.round);
    if (ended !== null) return endOf(ports, entered, ended, job.round, signal);

    const entries = await record.list();
    const authorisation = authorisesStaging(entries);
    if (authorisation === null)
      return endOf(
        ports,
        entered,
        await reject(entered, job.round, 'not_authorised', 'no entry authorises staging', {}),
        job.round,
        signal,
      );
    const void_ = await settleVoidApproval(ports, entered, job.round, signal);
    if (void_ !== null) return void_.kind === 'ended' ? endOf(ports, entered, void_.entry, job.round, signal) : void_;
    const name = `staging:${run.service}`;
    const lease = await acquireLease(ports.db, name, RunId.parse(run.id));
    if (findEntry(entries, 'staging_deploy.completed', 'staging', job.round) === undefined) {
      const held = await holdDelivery(ports, entered, { environment: 'staging', begun: false });
      if (held !== null) return held;
    }
    if (!lease.held)
      return waiting(ports, run, {
        kind: 'delay',
        ms: 1_000,
        why: `for the staging lease of ${run.service}, ${lease.ahead} ahead`,
      });
    crashPoint('lease:after-grant');

    const hold = entered.holding({ name, token: lease.token });
    const scope: EffectScope = { target: ports.delivery(run).target, record, run, hold, signal };
    const measured = await measure(ports, entered, scope, job.round);
    if (measured.kind !== 'measured') return measured;
    const end = await judge(ports, entered, measured.entry, job.round);
    if (end.kind !== 'ended') return end;
    return endOf(ports, entered, end.entry, job.round, signal);
  };
}

/** An approval that does not stand any more is asked for once again; null when nothing is in the way. */
async function settleVoidApproval(
  ports: StagingPorts,
  entered: Entered,
  round: number,
  signal: AbortSignal,
): Promise<StageStep | { kind: 'ended'; entry: Recorded } | null> {
  const { run, record } = entered;
  const approval = await readApprovalState(ports, entered, signal);
  if (approval.kind === 'holds') return null;
  if (approval.decision.entry.stage === 'staging')
    return { kind: 'ended', entry: await reject(entered, round, 'approval_void', approval.why, {}) };
  const reasons = [{ code: 'approval_void', text: approval.why }];
  const question = () => stageQuestion(ports, entered, 'staging', reasons, signal);
  const answer = await askPeople(ports.db, record, run, question, 'staging', ports.now());
  if (answer.kind === 'waiting')
    return waiting(ports, run, { kind: 'await_children', children: [answer.job], why: 'for a person to decide again' });
  return answer.decision.entry.outcome === 'approve' ? null : stop(answer.decision.entry.outcome);
}

const Measured = z.object({
  artifact: z.string(),
  production_version: z.string().nullable(),
  measurement: StagingMeasurement,
});

async function measure(
  ports: StagingPorts,
  entered: Entered,
  scope: EffectScope,
  round: number,
): Promise<StageStep | { kind: 'measured'; entry: Recorded }> {
  const { run, record, service } = entered;
  const stored = await record.find('staging', 'measure', 'staging_measured', round);
  if (stored) return { kind: 'measured', entry: stored };
  const artifact = await ports.repository.materialise(
    service.repository,
    await holdMerge(ports.repository, entered, scope.signal),
    scope.signal,
  );
  const deployed = await deployTo(scope, 'staging', artifact, round);
  const seen = await measureStaging(ports, entered, scope, {
    endpoint: deployed.result.endpoint,
    deployedAt: deployed.at,
    round,
  });
  if (seen.kind !== 'seen') return seen;
  const { measurement } = seen;
  const production = (await scope.target.describe(run.service, scope.signal)).production;
  const entry = await record.append({
    stage: 'staging',
    step: 'measure',
    event: 'staging_measured',
    n: round,
    rationale: `smoke suite and ${measurement.measured?.requests ?? 0} requests against the staged merge`,
    outcome: 'measured',
    payload: { artifact: run.artifact, production_version: production?.version ?? null, measurement },
  });
  crashPoint('staging:after-measure');
  return { kind: 'measured', entry };
}

/** Code gates first; the agent is asked only about what passed them, and can only veto. */
async function judge(
  ports: StagingPorts,
  entered: Entered,
  recorded: Recorded,
  round: number,
): Promise<StageStep | { kind: 'ended'; entry: Recorded }> {
  const { run, record, service } = entered;
  const { artifact, production_version, measurement } = Measured.parse(recorded.entry.payload);
  const validated = { artifact, production_version, measurement };
  if (run.dry_run) return { kind: 'ended', entry: await recordDescribed(entered, recorded, round, validated) };
  const gate = judgeStaging(measurement, service.staging);
  if (!gate.pass) {
    const [first] = gate.reasons;
    const text = gate.reasons.map((r) => r.text).join('; ');
    return {
      kind: 'ended',
      entry: await reject(entered, round, first?.code ?? 'staging_failed', text, {
        reasons: gate.reasons,
        measurement,
      }),
    };
  }
  const outcome = await askAgent(ports, run, { stage: 'staging', agent: 'validation', n: round }, (facts) =>
    validationRequest(facts, entered, measurement),
  );
  if (outcome.kind === 'waiting')
    return waiting(ports, run, {
      kind: 'await_children',
      children: [outcome.child],
      why: 'for the staging validation by the agent',
    });
  const opinion = outcome.kind === 'answer' ? parseAnswer('validation', outcome.text, changeEcho(run)) : outcome;
  if (opinion.kind === 'ok' && !(opinion.answer.proceed && opinion.answer.healthy)) {
    return {
      kind: 'ended',
      entry: await reject(entered, round, 'agent_veto', opinion.answer.reasoning, {
        opinion: opinion.answer,
        measurement,
      }),
    };
  }
  const entry = await record.append({
    stage: 'staging',
    step: 'validate',
    event: 'staging_validation',
    n: round,
    ...(outcome.kind === 'answer' ? { model: outcome.model } : {}),
    // The agent can only veto, so without it the gates by code stand alone, and the entry says that they did.
    rationale:
      opinion.kind === 'ok'
        ? opinion.answer.reasoning.slice(0, 1000)
        : `gates by code passed; the agent had no say: ${opinion.reason}`,
    outcome: 'validated',
    payload: {
      ...validated,
      opinion: opinion.kind === 'ok' ? opinion.answer : null,
      opinion_missing: opinion.kind === 'ok' ? null : opinion.reason,
    },
    causation: recorded.receipt,
  });
  return { kind: 'ended', entry };
}

/** Nothing was staged, so neither gates nor agent have anything to judge. */
function recordDescribed(
  { record }: Entered,
  recorded: Recorded,
  round: number,
  validated: Record<string, unknown>,
): Promise<Recorded> {
  return record.append({
    stage: 'staging',
    step: 'validate',
    event: 'staging_validation',
    n: round,
    rationale: 'dry run: nothing was staged, so nothing was measured',
    outcome: 'validated',
    payload: { ...validated, opinion: null, opinion_missing: 'dry_run' },
    causation: recorded.receipt,
  });
}

function validationRequest(
  facts: RequestBase,
  { run, service }: Entered,
  { measured, base, baseline, smoke }: StagingMeasurement,
): AgentRequest {
  const none = { requests: 0, error_rate: 0, p50_ms: null, p95_ms: null, p99_ms: null, window_from: '', window_to: '' };
  return buildValidationRequest({
    ...facts,
    service: run.service,
    staged: measured ?? none,
    base: base?.measured ?? null,
    baseline: baseline ?? none,
    limits: {
      max_error_rate: service.staging.max_error_rate,
      max_p99_ms: (baseline?.p99_ms ?? 0) * service.staging.max_p99_over_baseline + service.staging.p99_slack_ms,
    },
    smoke,
  });
}

function reject(
  { record }: Entered,
  round: number,
  code: string,
  text: string,
  payload: Record<string, unknown>,
): Promise<Recorded> {
  return record.append({
    stage: 'staging',
    step: 'validate',
    event: 'staging_rejection',
    n: round,
    rationale: text.slice(0, 2000) || code,
    outcome: code.slice(0, 60),
    payload,
  });
}

/** Validation and rejection are two events: the first one written for a round is the round's end. */
async function readEnd({ record }: Entered, round: number): Promise<Recorded | null> {
  const ends = (await record.list()).filter(
    (e) => (e.entry.event === 'staging_validation' || e.entry.event === 'staging_rejection') && e.entry.n === round,
  );
  return ends[0] ?? null;
}

/** Stops what was staged before the lease goes: after that the place is the next run's. A step that died in between comes here again. */
async function endOf(
  ports: StagingPorts,
  { run, record, holding }: Entered,
  end: Recorded,
  round: number,
  signal: AbortSignal,
): Promise<StageStep> {
  crashPoint('staging:after-end');
  const name = `staging:${run.service}`;
  const lease = await heldLease(ports.db, name, run.id);
  if (lease !== null && (await record.find('staging', 'deploy', 'staging_deploy.intended', round)) !== null) {
    const hold = holding({ name, token: lease.token });
    const scope = { target: ports.delivery(run).target, record, run, hold, signal };
    if ((await record.find('staging', 'deploy_base', 'base_deploy.intended', round)) !== null)
      await retireFrom(scope, 'base', round, 'staging');
    await retireFrom(scope, 'staging', round, 'staging');
  }
  crashPoint('staging:before-lease-back');
  await releaseLease(ports.db, name, RunId.parse(run.id));
  return end.entry.event === 'staging_validation' ? proceed('validated') : stop(end.entry.outcome);
}
