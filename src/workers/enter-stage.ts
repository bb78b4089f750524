import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Stage } from '../audit/entry.ts';
import { type Config, type ResolvedService, resolveService } from '../config/config.ts';
import { PermanentFailure } from '../errors.ts';
import type { RunId } from '../ids.ts';
import type { StageResult } from '../queues/stage-job.ts';
import { beginStage } from '../runs/begin-stage.ts';
import { type Hold, makeHold } from '../runs/hold.ts';
import { type Projection, readRun, updateRun } from '../runs/read-run.ts';
import { beginReading, openStepRecord, type RunRecord } from '../runs/record.ts';
import type { Lease } from '../store/leases.ts';
import type { Database, Run } from '../store/tables.ts';
import { heldLimits } from './held-limits.ts';
import { type StageStep, type StepContext, stop } from './step.ts';

/** What every stage handler has. */
export interface StagePorts {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly config: Config;
  readonly now: () => Date;
}

export interface Entered {
  readonly kind: 'entered';
  readonly run: Run;
  readonly record: RunRecord;
  readonly service: ResolvedService;
  /** What is done in this step, it does under this. */
  readonly holding: (lease: Lease | null) => Hold;
}

/**
 * The gate of every stage: the run exists, is not finished, was not stopped, and the stage before said `proceed`.
 * A missing value from below is a no. What it lets through still has to find its authorisation on the record.
 */
export async function enterStage(
  ports: StagePorts,
  stage: Stage,
  runId: RunId,
  upstream: StageResult | null | 'first',
  confirmOwner: StepContext['confirmOwner'],
): Promise<Entered | StageStep> {
  const mayBegin = upstream === 'first' || upstream?.proceed === true;
  // A step reads its record anyway, and what is added after this moment is added by itself or answers its appends.
  const reading = mayBegin ? beginReading(ports.audit, runId) : null;
  const run = await (mayBegin ? beginStage(ports.db, runId, stage) : readRun(ports.db, runId));
  if (run === null) throw new PermanentFailure('UNKNOWN_RUN', `run ${runId} is not in the store`);
  if (run.status === 'finished') return stop('the run is finished');
  if (run.stop_kind !== null) return stop(run.stop_kind);
  if (upstream === null) return stop('the stage before left no result');
  if (upstream !== 'first' && !upstream.proceed) return stop(upstream.reason);
  const service = resolveService(ports.config, run.service);
  if (service === undefined)
    throw new PermanentFailure('UNKNOWN_SERVICE', `${run.service} is not in this worker's slipway.yaml`);
  // As it is now: what is compared with later must not be what it was before.
  const entered = { ...run, stage, status: 'running' as const, waiting_for: null };
  const record = openStepRecord(ports.audit, run, ports.config.policy_hash, reading);
  const limits = stage === 'review' ? service.limits : await heldLimits(ports.db, record, service.limits);
  return {
    kind: 'entered',
    run: entered,
    record,
    service: { ...service, limits },
    holding: (lease) => makeHold({ db: ports.db, runId: run.id, lease, confirmOwner }),
  };
}

/** Says on the run why it waits, and how the step goes on; with what else this step has learned of it. */
export async function waiting(
  ports: Pick<StagePorts, 'db'>,
  run: Run,
  step: Exclude<StageStep, { kind: 'done' }>,
  learned: Projection = {},
): Promise<StageStep> {
  if (run.waiting_for !== step.why)
    await updateRun(ports.db, run.id, { status: 'waiting', waiting_for: step.why, ...learned });
  return step;
}
