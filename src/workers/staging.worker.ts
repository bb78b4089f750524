import type { Recorded } from '../audit/audit-log.ts';
import { crashPoint } from '../crash-point.ts';
import { RunId } from '../ids.ts';
import type { StagingJob } from '../queues/stage-job.ts';
import { authorisesStaging } from '../runs/authorise.ts';
import { askPeople } from '../runs/escalate.ts';
import type { RecordDraft } from '../runs/record.ts';
import { acquireLease, heldLease, releaseLease } from '../store/leases.ts';
import { readApprovalState } from './approval-in-force.ts';
import { deployTo, type EffectScope, retireFrom } from './delivery-effects.ts';
import { type Entered, enterStage, waiting } from './enter-stage.ts';
import { holdDelivery } from './hold-delivery.ts';
import { holdMerge } from './hold-merge.ts';
import { stageQuestion } from './stage-question.ts';
import { checkMigrations } from './staging/check-migrations.ts';
import { judgeMeasured } from './staging/judge-measured.ts';
import { measureStaging } from './staging/measure-staging.ts';
import { rejectStaging } from './staging/reject-staging.ts';
import type { StagingPorts } from './staging/staging-ports.ts';
import { proceed, type StageStep, type StepContext, stop } from './step.ts';

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
    const { record } = entered;
    const ended = await readEnd(entered, job.round);
    if (ended !== null) return endOf(ports, entered, ended, job.round, signal);

    const entries = await record.list();
    const authorisation = authorisesStaging(entries);
    if (authorisation === null)
      return endOf(
        ports,
        entered,
        await rejectStaging(entered, job.round, 'not_authorised', 'no entry authorises staging', {}),
        job.round,
        signal,
      );
    const void_ = await settleVoidApproval(ports, entered, job.round, signal);
    if (void_ !== null) return void_.kind === 'ended' ? endOf(ports, entered, void_.entry, job.round, signal) : void_;
    const checked = await checkMigrations(ports, entered, job.round);
    if (checked.kind !== 'checked') return checked;
    // What is measured needs nothing staged any more; a person may take days.
    const stored = await record.find('staging', 'measure', 'staging_measured', job.round);
    const measured = stored === null ? await stage(ports, entered, job.round, signal) : measuredAs(stored);
    if (measured.kind !== 'measured') return measured;
    const putAway = () => putStagedAway(ports, entered, job.round, signal);
    const scope = { measured: measured.entry, checked, putAway, round: job.round, signal };
    const end = await judgeMeasured(ports, entered, scope);
    if (end.kind === 'validated') return validate(ports, entered, end.draft, job.round, signal);
    if (end.kind !== 'ended') return end;
    return endOf(ports, entered, end.entry, job.round, signal);
  };
}

const measuredAs = (entry: Recorded) => ({ kind: 'measured' as const, entry });

/** Under the lease, which is then held until what was staged is put away. */
async function stage(
  ports: StagingPorts,
  entered: Entered,
  round: number,
  signal: AbortSignal,
): Promise<StageStep | { kind: 'measured'; entry: Recorded }> {
  const { run, record } = entered;
  const name = `staging:${run.service}`;
  const lease = await acquireLease(ports.db, name, RunId.parse(run.id));
  if ((await record.find('staging', 'deploy', 'staging_deploy.completed', round)) === null) {
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
  return measure(ports, entered, scope, round);
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
    return { kind: 'ended', entry: await rejectStaging(entered, round, 'approval_void', approval.why, {}) };
  const reasons = [{ code: 'approval_void', text: approval.why }];
  const question = () => stageQuestion(ports, entered, 'staging', reasons, signal);
  const answer = await askPeople(ports.db, record, run, question, 'staging', ports.now(), entered.holding(null));
  if (answer.kind === 'waiting')
    return waiting(ports, run, { kind: 'await_children', children: [answer.job], why: 'for a person to decide again' });
  return answer.decision.entry.outcome === 'approve' ? null : stop(answer.decision.entry.outcome);
}

async function measure(
  ports: StagingPorts,
  entered: Entered,
  scope: EffectScope,
  round: number,
): Promise<StageStep | { kind: 'measured'; entry: Recorded }> {
  const { run, record, service } = entered;
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

/** Validation and rejection are two events: the first one written for a round is the round's end. */
async function readEnd({ record }: Entered, round: number): Promise<Recorded | null> {
  const ends = (await record.list()).filter(
    (e) => (e.entry.event === 'staging_validation' || e.entry.event === 'staging_rejection') && e.entry.n === round,
  );
  return ends[0] ?? null;
}

async function endOf(
  ports: StagingPorts,
  entered: Entered,
  end: Recorded,
  round: number,
  signal: AbortSignal,
): Promise<StageStep> {
  crashPoint('staging:after-end');
  await putStagedAway(ports, entered, round, signal);
  return resultOf(end);
}

/** The round's end and the first that follows from it in one commit. What ended the round may be another's word by then. */
async function validate(
  ports: StagingPorts,
  entered: Entered,
  validation: RecordDraft,
  round: number,
  signal: AbortSignal,
): Promise<StageStep> {
  await putStagedAway(ports, entered, round, signal, [validation]);
  const end = await readEnd(entered, round);
  if (end === null) throw new Error('a validation was written and is not on the record');
  return resultOf(end);
}

function resultOf(end: Recorded): StageStep {
  return end.entry.event === 'staging_validation' ? proceed('validated') : stop(end.entry.outcome);
}

/**
 * Stops what was staged before the lease goes: after that the place is the next run's. A step that died in between comes here
 * again. `because` is not on the record yet, and stands there before anything of this is done.
 */
async function putStagedAway(
  ports: StagingPorts,
  { run, record, holding }: Entered,
  round: number,
  signal: AbortSignal,
  because: readonly RecordDraft[] = [],
): Promise<void> {
  const name = `staging:${run.service}`;
  const lease = await heldLease(ports.db, name, run.id);
  if (lease !== null && (await record.find('staging', 'deploy', 'staging_deploy.intended', round)) !== null) {
    const hold = holding({ name, token: lease.token });
    const scope = { target: ports.delivery(run).target, record, run, hold, signal };
    const base = (await record.find('staging', 'deploy_base', 'base_deploy.intended', round)) !== null;
    if (base) await retireFrom(scope, 'base', round, 'staging', because);
    await retireFrom(scope, 'staging', round, 'staging', base ? [] : because);
  } else if (because.length > 0) await record.appendAll(because);
  crashPoint('staging:before-lease-back');
  await releaseLease(ports.db, name, RunId.parse(run.id));
}
