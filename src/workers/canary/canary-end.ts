import type { Receipt, Recorded } from '../../audit/audit-log.ts';
import { crashPoint } from '../../crash-point.ts';
import type { DeliveryTarget } from '../../delivery/target.ts';
import { TransientFailure } from '../../errors.ts';
import { haltAfterMs } from '../../guard/watch-limit.ts';
import { Digest, RunId } from '../../ids.ts';
import { authorisesPromotion, findEntry } from '../../runs/authorise.ts';
import { DONE, Done, performEffect } from '../../runs/perform-effect.ts';
import type { RecordDraft } from '../../runs/record.ts';
import { WAITS } from '../../runs/wait-words.ts';
import { releaseLease } from '../../store/leases.ts';
import { type EffectScope, fenceOf, retireFrom } from '../delivery-effects.ts';
import { type Entered, waiting } from '../enter-stage.ts';
import { proceed, type StageStep, stop } from '../step.ts';
import type { Signed } from './canary-checkpoint.decide.ts';
import type { CanaryPorts } from './canary-ports.ts';
import { withdrawOpenQuestion } from './canary-question.ts';
import { takeOutOfTraffic, type ZeroOrder } from './take-out-of-traffic.ts';

/** Makes the canary the production version, on a recorded PASS or a person's decision about a hold only, and reads back that it is. */
export async function promoteCanary(
  entered: Entered,
  scope: EffectScope,
  verdict: Recorded,
  signed: Signed,
): Promise<StageStep> {
  const { run, record } = entered;
  const authorisation = authorisesPromotion(await record.list(), run.artifact ?? '');
  if (authorisation === null) return stop('no recorded PASS for this artifact');
  const version = Digest.parse(run.artifact);
  const promoted = await performEffect(
    record,
    {
      stage: 'canary',
      step: 'promote',
      name: 'promotion',
      n: 0,
      rationale: `make ${version.slice(0, 12)} the production version`,
      payload: {
        artifact: version,
        authorised_by: authorisation.receipt.seq,
        ...(signed && { checkpoint: { key: signed.keyId, size: String(signed.size), chain_hash: signed.chainHash } }),
      },
      Result: Done,
      follows: (intent) => [releaseOf(entered, verdict, intent)],
    },
    {
      look: () => isProduction(),
      async act(receipt) {
        await scope.target.promote(
          receipt,
          { service: run.service, version, effect: { id: `${run.id}~canary~promote~0`, fence: fenceOf(scope) } },
          scope.signal,
        );
        const done = await isProduction();
        if (done === null)
          throw new TransientFailure(
            'NOT_PROMOTED',
            'the target was told to promote and production is still another version',
          );
        return done;
      },
    },
    scope.hold,
  );
  // Of a promotion that was completed by a step that came no further.
  if ((await record.find('canary', 'release', 'production_release')) === null)
    await record.append(releaseOf(entered, verdict, promoted.receipt));
  crashPoint('canary:after-release');
  return proceed('promoted');

  async function isProduction() {
    const state = await scope.target.describe(run.service, scope.signal);
    return state.production?.version === version && state.canaryPct === 0 ? DONE : null;
  }
}

function releaseOf({ run }: Entered, verdict: Recorded, causation: Receipt): RecordDraft {
  return {
    stage: 'canary',
    step: 'release',
    event: 'production_release',
    rationale: verdict.entry.rationale,
    outcome: 'promoted',
    payload: {
      artifact: run.artifact,
      merge_sha: run.merge_sha,
      target_sha: run.target_sha,
      verdict: verdict.receipt.seq,
    },
    causation,
  };
}

/**
 * A worker may die between the promotion and its entry, and the run be stopped in that gap. Production is then asked:
 * if it runs this artifact, the release is recorded, because it happened.
 */
export async function settlePromotion(entered: Entered, target: DeliveryTarget, signal: AbortSignal): Promise<void> {
  const { run, record } = entered;
  const entries = await record.list();
  const intent = findEntry(entries, 'promotion.intended', 'canary');
  const verdict = findEntry(entries, 'canary_verdict', 'canary');
  if (intent === undefined || verdict === undefined || findEntry(entries, 'production_release')) return;
  const state = await target.describe(run.service, signal);
  if (state.production?.version === run.artifact) await record.append(releaseOf(entered, verdict, intent.receipt));
}

/**
 * Where a canary that passed stands. `out`: somebody (a guard, a balancer that started anew) took it out of traffic before it was
 * made production, and what was taken out is never raised again in its run. `production`: a step before this one made it so.
 */
export async function whereCanaryStands(
  { run }: Entered,
  { target, signal }: EffectScope,
): Promise<'live' | 'out' | 'production'> {
  if (run.dry_run) return 'live';
  const state = await target.describe(run.service, signal);
  if (state.production?.version === run.artifact) return 'production';
  return state.canaryPct === 0 ? 'out' : 'live';
}

/** Cause of a rollback at a gate: it passed, and no person let it go on. */
export const GATE_CLOSED = 'gate_closed';

/** Rolls back on a verdict that promotes nothing. */
export function rollBackCanary(
  ports: CanaryPorts,
  entered: Entered,
  scope: EffectScope,
  verdict: Recorded,
): Promise<StageStep | null> {
  const named = verdict.entry.payload['cause'];
  const cause = typeof named === 'string' ? named : verdict.entry.outcome;
  return takeBack(ports, entered, scope, {
    rationale: verdict.entry.rationale,
    outcome: verdict.entry.outcome === 'FAIL' || cause === GATE_CLOSED ? cause : 'no_proof',
    cause,
    numbers: verdict.entry.payload['numbers'] ?? null,
    because: verdict,
  });
}

/** Why a canary is taken back. */
export interface Reason {
  readonly rationale: string;
  readonly outcome: string;
  readonly cause: string;
  readonly numbers: unknown;
  /** The entry that decided it. */
  readonly because: Recorded;
}

export function unwatched(rationale: string, because: Recorded): Reason {
  return { rationale, outcome: 'no_proof', cause: 'unwatched', numbers: null, because };
}

/**
 * Takes the canary to zero and stops it, by itself; then frees the service for the next one.
 * @returns the wait while it may still have traffic; null once it is back and on the record.
 */
export async function takeBack(
  ports: CanaryPorts,
  entered: Entered,
  scope: EffectScope,
  { rationale, outcome, cause, numbers, because }: Reason,
): Promise<StageStep | null> {
  const { run, record } = entered;
  await withdrawOpenQuestion(ports, entered, rationale, scope.hold);
  const zero = await takeOutOfTraffic(scope, zeroOrder(ports));
  if (zero.kind === 'unsafe') return untilOut(ports, entered);
  await retireFrom(scope, 'canary', 0, 'canary');
  await record.append({
    stage: 'canary',
    step: 'rollback',
    event: 'autonomous_rollback',
    rationale,
    outcome,
    payload: {
      artifact: run.artifact,
      verdict: because.receipt.seq,
      cause,
      weight_zero_at: zero.at.toISOString(),
      numbers,
    },
    causation: because.receipt,
  });
  crashPoint('canary:after-rollback');
  await releaseLease(ports.db, `canary:${run.service}`, RunId.parse(run.id));
  return null;
}

/** The zero of this stage, under the one number it has. */
export function zeroOrder({ config, now }: Pick<CanaryPorts, 'config' | 'now'>): ZeroOrder {
  return { n: 1, stage: 'canary', now: now(), haltAfterMs: haltAfterMs(config.fleet.canary_hold_s) };
}

/** No attempt is spent on it: the run keeps its lease and asks again until zero is read back. */
export function untilOut(ports: CanaryPorts, { run }: Entered): Promise<StageStep> {
  return waiting(ports, run, { kind: 'delay', ms: 1_000, why: WAITS.zero });
}
