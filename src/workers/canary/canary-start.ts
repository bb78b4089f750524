import type { Recorded } from '../../audit/audit-log.ts';
import { crashPoint } from '../../crash-point.ts';
import { readGuards } from '../../guard/read-guards.ts';
import { RunId } from '../../ids.ts';
import { stagingRoundJobId } from '../../queues/job-ids.ts';
import { findEntry } from '../../runs/authorise.ts';
import type { Hold } from '../../runs/hold.ts';
import { updateRun } from '../../runs/read-run.ts';
import { readStartLimits } from '../../runs/start-limits.ts';
import { WAITS } from '../../runs/wait-words.ts';
import { acquireLease } from '../../store/leases.ts';
import { readApprovalState } from '../approval-in-force.ts';
import { decideGuarded, decideStart } from '../canary.decide.ts';
import { deployTo, type EffectScope, setCanaryWeight } from '../delivery-effects.ts';
import { type Entered, waiting } from '../enter-stage.ts';
import { holdDelivery } from '../hold-delivery.ts';
import { holdMerge } from '../hold-merge.ts';
import { readRecordedMerge } from '../recorded-merge.ts';
import { resolveMerge } from '../resolve-merge.ts';
import { type StageStep, stop } from '../step.ts';
import { readCanaryPath } from './canary-path.ts';
import type { CanaryPorts } from './canary-ports.ts';

/** The canary has its share of traffic since `at`. */
export interface UnderTraffic {
  readonly kind: 'under_traffic';
  readonly started: Recorded;
  readonly hold: Hold;
  readonly at: Date;
}

/** It never got well enough to take traffic. */
export interface NeverUp {
  readonly kind: 'never_up';
  readonly hold: Hold;
  readonly detail: string;
}

/** Lease, merge still right, deploy, health, weight: each step recorded, each re-entered safely. */
export async function startCanary(
  ports: CanaryPorts,
  entered: Entered,
  signal: AbortSignal,
): Promise<StageStep | UnderTraffic | NeverUp> {
  const { run, record, service } = entered;
  const name = `canary:${run.service}`;
  const lease = await acquireLease(ports.db, name, RunId.parse(run.id));
  const entries = await record.list();
  if (findEntry(entries, 'canary_weight.intended', 'canary', 0) === undefined) {
    // Behind the place in line, so that after a freeze the first is still the first.
    const begun = findEntry(entries, 'canary_deploy.intended', 'canary') !== undefined;
    const held = await holdDelivery(ports, entered, { environment: 'canary', begun });
    if (held !== null) return held;
  }
  if (!lease.held) {
    return waiting(ports, run, {
      kind: 'delay',
      ms: 1_000,
      why: `for the canary lease of ${run.service}, ${lease.ahead} ahead`,
    });
  }
  crashPoint('lease:after-grant');
  const { target } = ports.delivery(run);
  const hold = entered.holding({ name, token: lease.token });
  const scope = { target, record, run, hold, signal };
  let started = await record.find('canary', 'start', 'canary_started');
  if (started === null) {
    const step = await bringUp(ports, entered, scope);
    if (step.kind !== 'started') return step;
    started = step.entry;
  }
  const unguarded = await awaitGuard(ports, entered);
  if (unguarded !== null) return unguarded;
  const { canary_traffic_initial_pct: initialPct } = readStartLimits(started) ?? service.limits;
  const weight = await setCanaryWeight(scope, initialPct, 0, 'canary');
  return { kind: 'under_traffic', started, hold, at: weight.at };
}

/** Before it may have traffic, somebody who needs no store must be able to take it away again. Null once that is so. */
async function awaitGuard(ports: CanaryPorts, { run, record }: Entered): Promise<StageStep | null> {
  if (run.dry_run || (await record.find('canary', 'weight', 'canary_weight.intended')) !== null) return null;
  const guards = await readGuards(ports.db, run.id);
  const required = ports.config.fleet.canary_guard === 'required';
  if (decideGuarded({ guards, required }) !== 'wait') return null;
  return waiting(ports, run, { kind: 'delay', ms: 250, why: WAITS.guard });
}

/** Until the canary runs, is healthy and `canary_started` is recorded. */
async function bringUp(
  ports: CanaryPorts,
  entered: Entered,
  scope: EffectScope,
): Promise<StageStep | NeverUp | { kind: 'started'; entry: Recorded }> {
  const { run, record, service } = entered;
  const { target, signal } = scope;
  const decision = decideStart({
    entries: await record.list(),
    artifact: run.artifact ?? '',
    targetSha: run.target_sha ?? '',
    targetTip: await ports.repository.targetTip(service.repository, service.target_branch, signal),
    approvalHolds: (await readApprovalState(ports, entered, signal)).kind === 'holds',
    productionVersion: (await target.describe(run.service, signal)).production?.version ?? null,
  });
  if (decision.kind === 'refuse') return stop(decision.why);
  if (decision.kind === 'restage') {
    if (decision.why === 'target_moved' && !(await remakeMerge(ports, entered, decision.round, signal)))
      return stop('blocked');
    const id = stagingRoundJobId(RunId.parse(run.id), decision.round);
    const child = { queue: 'staging', id, data: { run_id: run.id, round: decision.round } } as const;
    return waiting(ports, run, {
      kind: 'await_children',
      children: [child],
      why: `staging is repeated: ${decision.why.replace('_', ' ')}`,
    });
  }
  const artifact = await ports.repository.materialise(
    service.repository,
    await holdMerge(ports.repository, entered, signal),
    signal,
  );
  const deployed = await deployTo(scope, 'canary', artifact, 0);
  const health = await target.health(run.service, 'canary', signal);
  if (!health.up) {
    const waitedMs = ports.now().getTime() - deployed.at.getTime();
    if (waitedMs > service.staging.health_deadline_s * 1000)
      return { kind: 'never_up', hold: scope.hold, detail: health.detail };
    return waiting(ports, run, { kind: 'delay', ms: 250, why: 'for the canary to become healthy' });
  }
  const path = await readCanaryPath(ports, entered);
  const entry = await record.append({
    stage: 'canary',
    step: 'start',
    event: 'canary_started',
    rationale: `the canary is healthy and gets ${service.limits.canary_traffic_initial_pct} % of traffic; taking it to zero is authorised from here on`,
    outcome: 'started',
    payload: {
      artifact: run.artifact,
      merge_sha: run.merge_sha,
      canary_pct: service.limits.canary_traffic_initial_pct,
      limits: service.limits,
      steps: path.steps,
      gates: path.gates,
      authorised_by: decision.authorisation.receipt.seq,
    },
    causation: decision.authorisation.receipt,
  });
  crashPoint('canary:after-start');
  return { kind: 'started', entry };
}

/** The target branch moved: merge again. An approval holds only while the PR's own diff is the same. What is recorded of a round stands. */
async function remakeMerge(ports: CanaryPorts, entered: Entered, round: number, signal: AbortSignal): Promise<boolean> {
  const { run, record } = entered;
  const stored =
    (await record.find('canary', 'merge', 'change_resolved', round)) ??
    (await recordMerge(ports, entered, round, signal));
  crashPoint('canary:after-merge');
  if (stored.entry.outcome !== 'resolved') return false;
  await updateRun(ports.db, run.id, await readRecordedMerge(ports.db, stored));
  return true;
}

async function recordMerge(
  ports: CanaryPorts,
  entered: Entered,
  round: number,
  signal: AbortSignal,
): Promise<Recorded> {
  const { record } = entered;
  const change = await resolveMerge(ports, entered, signal);
  const first = findEntry(await record.list(), 'change_resolved', 'review');
  const sameDiff = change.kind === 'resolved' && change.diff_digest === first?.entry.payload['diff_digest'];
  const blocked =
    change.kind === 'unresolvable'
      ? change
      : sameDiff
        ? null
        : { reason: 'diff_changed', detail: 'the diff that was reviewed is not the diff any more' };
  return record.append({
    stage: 'canary',
    step: 'merge',
    event: 'change_resolved',
    n: round,
    rationale: blocked === null ? 'the target branch moved, so the merge was remade' : blocked.detail.slice(0, 2000),
    outcome: blocked === null ? 'resolved' : 'blocked',
    payload: blocked === null ? { ...change } : { reason: blocked.reason, detail: blocked.detail },
  });
}
