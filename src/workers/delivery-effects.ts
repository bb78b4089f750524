import { z } from 'zod';
import type { Receipt } from '../audit/audit-log.ts';
import { leaseOfEnvironment } from '../delivery/lease-of.ts';
import type { Artifact, DeliveryTarget, EffectId, Environment } from '../delivery/target.ts';
import { TransientFailure } from '../errors.ts';
import { Digest } from '../ids.ts';
import type { Hold } from '../runs/hold.ts';
import { DONE, Done, performEffect } from '../runs/perform-effect.ts';
import type { RecordDraft, RunRecord } from '../runs/record.ts';
import type { Run } from '../store/tables.ts';

/** The effects on a delivery target, each with its key, its look and its read-back. */
export interface EffectScope {
  readonly target: DeliveryTarget;
  readonly record: RunRecord;
  readonly run: Run;
  /** The lease under which this is done; the target refuses an older one. */
  readonly hold: Hold;
  readonly signal: AbortSignal;
}

const Deployed = z.strictObject({ version: Digest, endpoint: z.string() });

const DEPLOYS = { staging: 'staging_deploy', base: 'base_deploy', canary: 'canary_deploy' } as const;
const STOPS = { staging: 'staging_teardown', base: 'base_teardown', canary: 'canary_stop' } as const;

export function deployTo(scope: EffectScope, environment: Environment, artifact: Artifact, n: number) {
  const { target, run, signal } = scope;
  const effect = effectId(scope, environment, 'deploy', n);
  return performEffect(
    scope.record,
    {
      stage: leaseOfEnvironment(environment),
      step: environment === 'base' ? 'deploy_base' : 'deploy',
      name: DEPLOYS[environment],
      n,
      rationale: `deploy ${artifact.digest.slice(0, 12)} to ${environment}`,
      payload: { artifact: artifact.digest, effect_id: effect.id },
      Result: Deployed,
    },
    {
      async look() {
        const there = (await target.describe(run.service, signal))[environment];
        return there?.version === artifact.digest ? there : null;
      },
      act: (receipt) => target.deploy(receipt, { service: run.service, environment, artifact, effect }, signal),
    },
    scope.hold,
  );
}

export function retireFrom(
  scope: EffectScope,
  environment: Environment,
  n: number,
  stage: 'staging' | 'canary' | 'release',
  because: readonly RecordDraft[] = [],
) {
  const { target, run, signal } = scope;
  const effect = effectId(scope, environment, `retire-${stage}`, n);
  return performEffect(
    scope.record,
    {
      stage,
      step: environment === 'base' ? 'retire_base' : 'retire',
      name: STOPS[environment],
      n,
      rationale: `stop the ${environment} version`,
      payload: { effect_id: effect.id },
      Result: Done,
      because,
    },
    {
      async look() {
        return (await target.describe(run.service, signal))[environment] === null ? DONE : null;
      },
      async act(receipt) {
        await target.retire(receipt, { service: run.service, environment, effect }, signal);
        return DONE;
      },
    },
    scope.hold,
  );
}

const Weight = z.strictObject({ pct: z.number() });

/**
 * Sets the canary's share and reads it back; once more if the read-back differs, then it is a failure. `drift` gives it back
 * after somebody else (a reload, a paused worker) changed it, `step` raises it; both with the tick that asked for it as `n`.
 */
export function setCanaryWeight(
  scope: EffectScope,
  pct: number,
  n: number,
  stage: 'canary' | 'release',
  step: 'weight' | 'drift' | 'step' = 'weight',
) {
  const { target, run, signal } = scope;
  const effect = effectId(scope, 'canary', `${step}-${stage}`, n);
  const readBack = async () => ((await target.getWeight(run.service, signal)) === pct ? { pct } : null);
  return performEffect(
    scope.record,
    {
      stage,
      step,
      name: 'canary_weight',
      n,
      rationale: pct === 0 ? 'take the canary out of traffic' : `give the canary ${pct} % of traffic`,
      payload: { pct, effect_id: effect.id },
      Result: Weight,
    },
    {
      look: readBack,
      async act(receipt: Receipt) {
        for (let attempt = 0; attempt < 2; attempt++) {
          await target.setWeight(receipt, { service: run.service, canaryPct: pct, effect }, signal);
          const weight = await readBack();
          if (weight) return weight;
        }
        throw new TransientFailure('WEIGHT_NOT_TAKEN', `the target was told ${pct} % twice and still says otherwise`);
      },
    },
    scope.hold,
  );
}

function effectId(scope: EffectScope, environment: Environment, verb: string, n: number): EffectId {
  return { id: `${scope.run.id}~${environment}~${verb}~${n}`, fence: fenceOf(scope) };
}

/** Without a lease nothing newer may have been there. */
export function fenceOf({ hold }: EffectScope): string {
  return hold.lease?.token ?? '0';
}
