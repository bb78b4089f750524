import { z } from 'zod';
import type { Artifact, DeliveryTarget, EffectId } from '../../delivery/target.ts';
import { TransientFailure } from '../../errors.ts';
import { Digest, type RunId } from '../../ids.ts';
import type { Hold } from '../../runs/hold.ts';
import { DONE, Done, performEffect } from '../../runs/perform-effect.ts';
import type { RunRecord } from '../../runs/record.ts';

/** The effects of a rollback: the previous version takes the canary's place, off traffic, and becomes production from there. */
export interface RollbackScope {
  readonly target: DeliveryTarget;
  readonly record: RunRecord;
  readonly service: string;
  readonly rollbackId: RunId;
  readonly hold: Hold;
  readonly signal: AbortSignal;
}

const Deployed = z.strictObject({ version: Digest, endpoint: z.string() });

export function deployPrevious(scope: RollbackScope, artifact: Artifact) {
  const { target, service, signal } = scope;
  const effect = effectId(scope, 'deploy');
  return performEffect(
    scope.record,
    {
      stage: 'canary',
      step: 'restore',
      name: 'rollback_deploy',
      n: 0,
      rationale: `start ${artifact.digest.slice(0, 12)} beside production, without traffic`,
      payload: { artifact: artifact.digest, effect_id: effect.id },
      Result: Deployed,
    },
    {
      async look() {
        const there = (await target.describe(service, signal)).canary;
        return there?.version === artifact.digest ? there : null;
      },
      act: (receipt) => target.deploy(receipt, { service, environment: 'canary', artifact, effect }, signal),
    },
    scope.hold,
  );
}

export function promotePrevious(scope: RollbackScope, version: Digest) {
  const { target, service, signal } = scope;
  const effect = effectId(scope, 'promote');
  const readBack = async () => {
    const state = await target.describe(service, signal);
    return state.production?.version === version && state.canaryPct === 0 ? DONE : null;
  };
  return performEffect(
    scope.record,
    {
      stage: 'canary',
      step: 'restore',
      name: 'rollback_promotion',
      n: 0,
      rationale: `make ${version.slice(0, 12)} the production version again`,
      payload: { artifact: version, effect_id: effect.id },
      Result: Done,
    },
    {
      look: readBack,
      async act(receipt) {
        await target.promote(receipt, { service, version, effect }, signal);
        const done = await readBack();
        if (done === null)
          throw new TransientFailure('NOT_ROLLED_BACK', 'the target was told to switch and runs another version still');
        return done;
      },
    },
    scope.hold,
  );
}

export function stopPrevious(scope: RollbackScope) {
  const { target, service, signal } = scope;
  const effect = effectId(scope, 'retire');
  return performEffect(
    scope.record,
    {
      stage: 'canary',
      step: 'restore',
      name: 'rollback_stop',
      n: 0,
      rationale: 'stop the version that did not become healthy',
      payload: { effect_id: effect.id },
      Result: Done,
    },
    {
      look: async () => ((await target.describe(service, signal)).canary === null ? DONE : null),
      async act(receipt) {
        await target.retire(receipt, { service, environment: 'canary', effect }, signal);
        return DONE;
      },
    },
    scope.hold,
  );
}

function effectId({ rollbackId, hold }: RollbackScope, verb: string): EffectId {
  return { id: `${rollbackId}~canary~${verb}~0`, fence: hold.lease?.token ?? '0' };
}
