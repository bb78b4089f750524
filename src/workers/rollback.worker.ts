import { z } from 'zod';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ChangeRepository } from '../change/change.ts';
import { type Config, type ResolvedService, resolveService } from '../config/config.ts';
import type { Artifact, DeliveryTarget } from '../delivery/target.ts';
import { PermanentFailure } from '../errors.ts';
import { Digest, RunId, Sha } from '../ids.ts';
import { makeHold } from '../runs/hold.ts';
import { openRollbackRecord } from '../runs/open-rollback-record.ts';
import { readRun } from '../runs/read-run.ts';
import type { Rollback } from '../runs/rollback-desk.ts';
import { settleIntents } from '../runs/settle-intents.ts';
import { releaseAllLeases } from '../store/leases.ts';
import type { Db } from '../store/open-database.ts';
import type { Run } from '../store/tables.ts';
import { deployPrevious, promotePrevious, type RollbackScope, stopPrevious } from './rollback/rollback-effects.ts';
import { takeRollbackLease } from './rollback/take-rollback-lease.ts';
import { decideRollback } from './rollback.decide.ts';
import { type StageStep, type StepContext, stop } from './step.ts';

export interface RollbackPorts {
  readonly db: Db;
  readonly audit: AuditLog;
  readonly config: Config;
  readonly now: () => Date;
  readonly repository: Pick<ChangeRepository, 'materialise'>;
  /** The target itself: a rollback is what a freeze makes way for. */
  readonly delivery: (run: Run) => { readonly target: DeliveryTarget };
}

const LEASE_AGAIN_MS = 500;
const HEALTH_AGAIN_MS = 250;

/** Lease → previous version beside production, off traffic → healthy → production. Each step recorded, each re-entered safely. */
export function makeRollbackHandler(ports: RollbackPorts) {
  const { db, audit, config } = ports;

  return async function handleRollback(
    rollbackId: RunId,
    context: Pick<StepContext, 'signal' | 'confirmOwner'>,
  ): Promise<StageStep> {
    const rollback = await readRollback(rollbackId);
    if (rollback.status !== 'ordered') return stop(rollback.status);
    const released = await readRun(db, RunId.parse(rollback.run_id));
    if (released === null) throw new PermanentFailure('UNKNOWN_RUN', `run ${rollback.run_id} is not in the store`);
    const service = resolveService(config, rollback.service);
    if (service === undefined)
      return wait(rollback, 2_000, `for a worker whose slipway.yaml knows ${rollback.service}`);
    const record = openRollbackRecord(audit, released, rollbackId, config.policy_hash);
    if ((await record.find('operator', 'rollback', 'rollback_ordered')) === null)
      return wait(rollback, 2_000, 'for its order to be recorded');

    const lease = await takeRollbackLease(ports, rollback.service, rollbackId);
    if (!lease.held)
      return wait(rollback, LEASE_AGAIN_MS, `for the canary lease, held by ${lease.holder ?? 'nobody yet'}`);
    const { target } = ports.delivery(released);
    const held = { name: `canary:${rollback.service}`, token: lease.token };
    const hold = makeHold({ db, runId: rollbackId, lease: held, confirmOwner: context.confirmOwner });
    const scope = { target, record, service: rollback.service, rollbackId, hold, signal: context.signal };
    try {
      return await rollBack(scope, rollback, released, service);
    } catch (error) {
      if (!(error instanceof PermanentFailure)) throw error;
      // Trying again cannot help: whoever ordered it learns so at once, and the service is not held any longer.
      return giveUp(scope, 'impossible', error.message.slice(0, 500));
    }
  };

  async function rollBack(
    scope: RollbackScope,
    rollback: Rollback,
    released: Run,
    service: ResolvedService,
  ): Promise<StageStep> {
    const { target, record, signal } = scope;
    const decision = decideRollback({
      releasedArtifact: released.artifact,
      previous: await readPrevious(released),
      production: (await target.describe(rollback.service, signal)).production?.version ?? null,
      begun: (await record.find('canary', 'restore', 'rollback_promotion.intended')) !== null,
    });
    if (decision.kind === 'refuse') return giveUp(scope, decision.why, decision.detail);
    if (decision.kind === 'done') return end(scope, 'done', 'rolled_back', decision.detail);
    if (decision.kind === 'promote') return putBack(scope, decision.version);
    const artifact = await makePrevious(released, service, decision.version, signal);
    if (artifact === null)
      return giveUp(scope, 'previous_not_made', 'no commit on the record makes the version that ran before');

    const deployed = await deployPrevious(scope, artifact);
    const health = await target.health(rollback.service, 'canary', signal);
    if (!health.up) {
      const waitedMs = ports.now().getTime() - deployed.at.getTime();
      if (waitedMs < service.staging.health_deadline_s * 1000)
        return wait(rollback, HEALTH_AGAIN_MS, 'for the previous version to become healthy');
      // Also where the switch had been begun: production is the release still, or this would not be asked.
      await stopPrevious(scope);
      const detail = `the previous version did not become healthy: ${health.detail}`;
      return giveUp(scope, 'previous_not_healthy', detail);
    }
    return putBack(scope, artifact.digest);
  }

  async function putBack(scope: RollbackScope, version: Digest): Promise<StageStep> {
    await promotePrevious(scope, version);
    return end(scope, 'done', 'rolled_back', `${version.slice(0, 12)} is the production version again`);
  }

  /** What this rollback may have started is stopped, and whatever a dead worker began has its outcome, before the end stands. */
  async function giveUp(scope: RollbackScope, outcome: string, why: string): Promise<StageStep> {
    const { record } = scope;
    const mayStand = (await record.find('canary', 'restore', 'rollback_deploy.intended')) !== null;
    const told = (await record.find('canary', 'restore', 'rollback_promotion.intended')) !== null;
    if (mayStand && !told) await stopPrevious(scope);
    await settleIntents(record, 'the rollback failed before it was known what came of this');
    return end(scope, 'failed', outcome, why);
  }

  async function readRollback(id: RunId): Promise<Rollback> {
    const row = await db.selectFrom('slipway.rollbacks').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new PermanentFailure('UNKNOWN_ROLLBACK', `rollback ${id} is not in the store`);
    return row;
  }

  async function wait(rollback: Rollback, ms: number, why: string): Promise<StageStep> {
    if (rollback.waiting_for !== why)
      await db.updateTable('slipway.rollbacks').set({ waiting_for: why }).where('id', '=', rollback.id).execute();
    return { kind: 'delay', ms, why };
  }

  /** What production ran when this release was staged, which is what the canary was compared with. */
  async function readPrevious(released: Run): Promise<Digest | null> {
    const entries = await audit.list(RunId.parse(released.id));
    const validation = entries.findLast(({ entry }) => entry.event === 'staging_validation');
    const version = z.object({ production_version: Digest }).safeParse(validation?.entry.payload);
    return version.success ? version.data.production_version : null;
  }

  /** The version's artifact, made again from the commits that may have made it; taken only if it is the very same. */
  async function makePrevious(
    released: Run,
    service: ResolvedService,
    version: Digest,
    signal: AbortSignal,
  ): Promise<Artifact | null> {
    const earlier = await db
      .selectFrom('slipway.runs')
      .select('merge_sha')
      .where('service', '=', released.service)
      .where('artifact', '=', version)
      .where('merge_sha', 'is not', null)
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    for (const commit of [earlier?.merge_sha, released.target_sha]) {
      const sha = Sha.safeParse(commit);
      if (!sha.success) continue;
      const artifact = await ports.repository.materialise(service.repository, sha.data, signal);
      if (artifact.digest === version) return artifact;
    }
    return null;
  }

  async function end(
    { record, rollbackId }: RollbackScope,
    status: 'done' | 'failed',
    outcome: string,
    rationale: string,
  ): Promise<StageStep> {
    await record.append({
      stage: 'release',
      step: 'rollback',
      event: status === 'done' ? 'production_rollback' : 'rollback_failed',
      rationale,
      outcome,
      payload: {},
    });
    await releaseAllLeases(db, rollbackId);
    await db
      .updateTable('slipway.rollbacks')
      .set({ status, waiting_for: status === 'failed' ? rationale : null, finished_at: ports.now() })
      .where('id', '=', rollbackId)
      .execute();
    return stop(outcome);
  }
}
