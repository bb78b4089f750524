import type { Recorded } from '../audit/audit-log.ts';
import { resolveService } from '../config/config.ts';
import { crashPoint } from '../crash-point.ts';
import type { DeliveryTarget } from '../delivery/target.ts';
import { PermanentFailure } from '../errors.ts';
import { haltAfterMs } from '../guard/watch-limit.ts';
import { RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { StageJob } from '../queues/stage-job.ts';
import { findEntry } from '../runs/authorise.ts';
import { deriveOutcome } from '../runs/derive-outcome.ts';
import { finishRun } from '../runs/finish-run.ts';
import { makeHold } from '../runs/hold.ts';
import { readRun } from '../runs/read-run.ts';
import { beginReading, openStepRecord } from '../runs/record.ts';
import { settleIntents } from '../runs/settle-intents.ts';
import { WAITS } from '../runs/wait-words.ts';
import { heldLease, type Lease } from '../store/leases.ts';
import type { Run } from '../store/tables.ts';
import { settlePromotion } from './canary/canary-end.ts';
import { takeOutOfTraffic } from './canary/take-out-of-traffic.ts';
import { retireFrom } from './delivery-effects.ts';
import { type Entered, type StagePorts, waiting } from './enter-stage.ts';
import { type MergeStanding, type PushRepository, pushMerge } from './push-merge.ts';
import { planCleanUp } from './release.decide.ts';
import { type StageStep, type StepContext, stop } from './step.ts';

export interface ReleasePorts extends StagePorts {
  readonly repository: PushRepository;
  readonly delivery: (run: Run) => { target: DeliveryTarget };
  readonly log: Logger;
}

/**
 * Always runs, whatever the stages below did: makes traffic safe, pushes what reached production, writes the outcome,
 * frees the leases. Nothing of the run stays behind it.
 */
export function makeReleaseHandler(ports: ReleasePorts) {
  return async function handleRelease(job: StageJob, { signal, confirmOwner }: StepContext): Promise<StageStep> {
    const reading = beginReading(ports.audit, job.run_id);
    const run = await readRun(ports.db, job.run_id);
    if (run === null) throw new PermanentFailure('UNKNOWN_RUN', `run ${job.run_id} is not in the store`);
    // Redis came back from before the run's end.
    if (run.status === 'finished') return stop(run.outcome ?? 'finished');
    const service = resolveService(ports.config, run.service);
    if (service === undefined)
      throw new PermanentFailure('UNKNOWN_SERVICE', `${run.service} is not in this worker's slipway.yaml`);
    const entered: Entered = {
      kind: 'entered',
      run,
      record: openStepRecord(ports.audit, run, ports.config.policy_hash, reading),
      holding: (lease) => makeHold({ db: ports.db, runId: run.id, lease, confirmOwner }),
      service,
    };
    // Whoever wrote the end had put everything away, and died before the row was closed. Nothing may follow it.
    const end = findEntry(await entered.record.list(), 'run_finished');
    if (end !== undefined) return close(ports, run, end);
    const unsafe = await makeSafe(ports, entered, signal);
    if (unsafe !== null) return unsafe;
    const entries = await entered.record.list();
    const push = deriveOutcome(entries).outcome === 'deployed' && service.merge === 'after_production' && !run.dry_run;
    const merge = push ? await pushMerge(ports.repository, entered, signal) : null;
    if (merge?.kind === 'not_pushed')
      ports.log.error(
        { run: run.id, service: run.service, why: merge.why },
        'production is ahead of its target branch',
      );
    return finish(ports, entered, entries, merge);
  };
}

/** Until traffic is safe the run is not ended: it keeps its lease, waits and says so. Null when there is nothing left to clean. */
async function makeSafe(ports: ReleasePorts, entered: Entered, signal: AbortSignal): Promise<StageStep | null> {
  const { run, record, holding } = entered;
  const { target } = ports.delivery(run);
  try {
    await settlePromotion(entered, target, signal);
    const plan = planCleanUp(await record.list());
    if (plan.zeroCanary) {
      const scope = { target, record, run, hold: holding(await leaseOf(ports, run, 'canary')), signal };
      const order = { n: 0, stage: 'release', haltAfterMs: haltAfterMs(ports.config.fleet.canary_hold_s) } as const;
      const zero = await takeOutOfTraffic(scope, { ...order, now: ports.now() });
      if (zero.kind === 'unsafe') throw zero.why;
      await retireFrom(scope, 'canary', 0, 'release');
    }
    if (plan.tearDownStaging !== null || plan.tearDownBase !== null) {
      const lease = await leaseOf(ports, run, 'staging');
      // Without the lease the place is somebody else's, and so is what stands there.
      if (lease !== null) {
        const scope = { target, record, run, hold: holding(lease), signal };
        if (plan.tearDownBase !== null) await retireFrom(scope, 'base', plan.tearDownBase, 'release');
        if (plan.tearDownStaging !== null) await retireFrom(scope, 'staging', plan.tearDownStaging, 'release');
      }
    }
    return null;
  } catch (error) {
    if (signal.aborted) throw error;
    ports.log.error(
      { run: run.id, service: run.service, err: error },
      'a run cannot end: its versions are not out of the way yet',
    );
    return waiting(ports, run, { kind: 'delay', ms: 2_000, why: WAITS.zero });
  }
}

/** The lease under which this run may act; never that of another run. */
function leaseOf(ports: ReleasePorts, run: Run, environment: 'staging' | 'canary'): Promise<Lease | null> {
  return heldLease(ports.db, `${environment}:${run.service}`, run.id);
}

const LEFT_OPEN = 'the run ended before it was known what came of this; what it may have left was put away';

/** What became of the merge stands with the outcome: a release that its branch does not hold stops the next change. */
async function finish(
  ports: ReleasePorts,
  { run, record, service }: Entered,
  entries: readonly Recorded[],
  merge: MergeStanding | null,
): Promise<StageStep> {
  const { outcome, reason, decidedBy } = deriveOutcome(entries);
  await settleIntents(record, LEFT_OPEN);
  crashPoint('finish:before-entry');
  const end = await record.append({
    stage: 'release',
    step: 'finish',
    event: 'run_finished',
    rationale: merge?.kind === 'not_pushed' ? `${reason}; not on ${service.target_branch}: ${merge.why}` : reason,
    outcome,
    payload: { decided_by: decidedBy?.receipt.seq ?? null, ...(merge && { merge: merge.kind }) },
    causation: decidedBy?.receipt ?? null,
  });
  crashPoint('finish:after-entry');
  return close(ports, run, end);
}

async function close(ports: ReleasePorts, run: Run, { entry }: Recorded): Promise<StageStep> {
  await finishRun(ports.db, {
    id: RunId.parse(run.id),
    outcome: entry.outcome,
    reason: entry.rationale,
    at: ports.now(),
  });
  crashPoint('finish:after-row');
  return stop(entry.outcome);
}
