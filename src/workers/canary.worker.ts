import type { Recorded } from '../audit/audit-log.ts';
import { crashPoint } from '../crash-point.ts';
import { assertNever } from '../errors.ts';
import type { StageJob } from '../queues/stage-job.ts';
import { authorisesPromotion, findEntry } from '../runs/authorise.ts';
import { awaitSignature } from './canary/canary-checkpoint.ts';
import { promoteCanary, rollBackCanary, takeBack, unwatched, whereCanaryStands } from './canary/canary-end.ts';
import { endFrozenCanary, FROZEN } from './canary/canary-freeze.ts';
import type { CanaryPorts } from './canary/canary-ports.ts';
import { type NeverUp, startCanary, type UnderTraffic } from './canary/canary-start.ts';
import { watchCanary } from './canary/canary-watch.ts';
import { endZeroedCanary } from './canary/canary-zeroed.ts';
import { reportIncident } from './canary/report-incident.ts';
import type { EffectScope } from './delivery-effects.ts';
import { type Entered, enterStage } from './enter-stage.ts';
import { type StageStep, type StepContext, stop } from './step.ts';

const TAKEN_OUT = 'was taken out of traffic before it was made production';

/** Start → watch, tick by tick → promote, or roll back and report. */
export function makeCanaryHandler(ports: CanaryPorts) {
  return async function handleCanary(
    job: StageJob,
    { signal, upstream, confirmOwner }: Pick<StepContext, 'signal' | 'upstream' | 'confirmOwner'>,
  ): Promise<StageStep> {
    const entered = await enterStage(ports, 'canary', job.run_id, upstream, confirmOwner);
    if (entered.kind !== 'entered') return entered;
    const rolledBack = findEntry(await entered.record.list(), 'autonomous_rollback', 'canary');
    if (rolledBack?.entry.outcome === FROZEN) return stop(FROZEN);
    if (rolledBack) return reportIncident(ports, entered, rolledBack, signal);
    const frozen = await endFrozenCanary(ports, entered, signal);
    if (frozen !== null) return frozen;
    const zeroed = await endZeroedCanary(ports, entered, signal);
    if (zeroed === 'rolled_back') return handleCanary(job, { signal, upstream, confirmOwner });
    if (zeroed !== null) return zeroed;

    const start = await startCanary(ports, entered, signal);
    if (start.kind !== 'under_traffic' && start.kind !== 'never_up') return start;
    const watched =
      start.kind === 'never_up'
        ? { kind: 'verdict' as const, entry: await recordNeverUp(entered, start) }
        : await watchCanary(ports, entered, start, signal);
    if (watched.kind !== 'verdict') return watched;
    crashPoint('canary:after-verdict');

    const scope = {
      target: ports.delivery(entered.run).target,
      record: entered.record,
      run: entered.run,
      hold: start.hold,
      signal,
    };
    const passed = watched.entry.entry.outcome === 'PASS';
    const promotes = start.kind === 'under_traffic' && (passed || (await isPromotable(entered)));
    const ended = promotes
      ? await promoteOrTakeBack(ports, entered, scope, { traffic: start, verdict: watched.entry })
      : await rollBackCanary(ports, entered, scope, watched.entry);
    if (ended !== null) return ended;
    return handleCanary(job, { signal, upstream, confirmOwner });
  };
}

/** Of a canary that passed, or that a person let through. @returns null once it is taken back and on the record. */
async function promoteOrTakeBack(
  ports: CanaryPorts,
  entered: Entered,
  scope: EffectScope,
  { traffic, verdict }: { readonly traffic: UnderTraffic; readonly verdict: Recorded },
): Promise<StageStep | null> {
  const stands = await whereCanaryStands(entered, scope);
  if (stands === 'out') {
    const passed = verdict.entry.outcome === 'PASS' ? 'the canary passed' : 'a person decided to promote the canary';
    return takeBack(ports, entered, scope, unwatched(`${passed}, but it ${TAKEN_OUT}`, verdict));
  }
  const begun = findEntry(await entered.record.list(), 'promotion.intended', 'canary') !== undefined;
  // What is production already is only put on the record.
  if (stands === 'production' && begun) return promoteCanary(entered, scope, verdict, null);
  const signature = await awaitSignature(ports, entered, traffic, verdict, scope.signal);
  switch (signature.kind) {
    case 'given':
      return promoteCanary(entered, scope, verdict, signature.checkpoint);
    case 'take_back':
      return takeBack(ports, entered, scope, signature.reason);
    case 'wait':
      return signature.step;
    default:
      return assertNever(signature);
  }
}

async function isPromotable({ run, record }: Entered): Promise<boolean> {
  return authorisesPromotion(await record.list(), run.artifact ?? '') !== null;
}

function recordNeverUp({ record, run }: Entered, start: NeverUp): Promise<Recorded> {
  return record.append({
    stage: 'canary',
    step: 'verdict',
    event: 'canary_verdict',
    rationale: `the canary never became healthy: ${start.detail}`.slice(0, 500),
    outcome: 'FAIL',
    payload: { artifact: run.artifact, cause: 'canary_down' },
  });
}
