import { z } from 'zod';
import { PermanentFailure, TransientFailure } from '../errors.ts';
import { Digest } from '../ids.ts';
import type { EffectLedger, EffectRequest } from './effect-ledger.ts';
import { leaseOfEnvironment } from './lease-of.ts';
import type { DeliveryTarget, ServiceState } from './target.ts';

const Deployed = z.strictObject({ version: Digest, endpoint: z.string() });

/** How often a change that does not show is made once more before it counts as failed. */
const ATTEMPTS = 2;

/**
 * The rules that hold for every target, around one that only acts: each effect once, no older fence, no canary without
 * production, none replaced or stopped under traffic, only a healthy canary promoted, and every change read back.
 */
export function guardTarget(inner: DeliveryTarget, service: string, ledger: EffectLedger): DeliveryTarget {
  const checkName = (name: string): void => {
    if (name === service) return;
    throw new PermanentFailure('UNKNOWN_SERVICE', `this target delivers ${service}, not ${name}`);
  };

  async function perform<T>(request: EffectRequest, act: () => Promise<T>) {
    checkName(request.service);
    const done = await ledger.begin(request);
    if (done !== undefined) return { ...done, known: true };
    const answer = await act();
    await ledger.finish(request, answer);
    return { answer, current: true, known: false };
  }

  async function refuseUnderTraffic(signal: AbortSignal): Promise<void> {
    const pct = await inner.getWeight(service, signal);
    if (pct === 0) return;
    throw new PermanentFailure('CANARY_HAS_WEIGHT', `the canary has ${pct} % of traffic; set its weight to 0 first`);
  }

  async function applyWeight(...[receipt, request, signal]: Parameters<DeliveryTarget['setWeight']>): Promise<void> {
    let seen = Number.NaN;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      await inner.setWeight(receipt, request, signal);
      seen = await inner.getWeight(service, signal);
      if (seen === request.canaryPct) return;
    }
    throw new TransientFailure(
      'WEIGHT_NOT_TAKEN',
      `the canary was given ${request.canaryPct} % ${ATTEMPTS} times and still has ${seen} %`,
    );
  }

  const stopWith =
    (stop: NonNullable<DeliveryTarget['stopCanary']>): NonNullable<DeliveryTarget['stopCanary']> =>
    async (receipt, request, signal) => {
      const { effect } = request;
      await perform(
        { service: request.service, environment: 'canary', verb: 'stop', effect, subject: [] },
        async () => {
          await stop(receipt, request, signal);
          return {};
        },
      );
    };

  return {
    async deploy(receipt, request, signal) {
      const { environment, artifact, effect } = request;
      const subject = [artifact.digest];
      const { answer } = await perform(
        { service: request.service, environment: leaseOfEnvironment(environment), verb: 'deploy', effect, subject },
        async () => {
          if (environment === 'canary') {
            await refuseUnderTraffic(signal);
            if ((await inner.describe(service, signal)).production === null)
              throw new PermanentFailure('NO_PRODUCTION', 'a canary needs a production version beside it');
          }
          const deployed = await inner.deploy(receipt, request, signal);
          const seen = (await inner.describe(service, signal))[environment];
          if (seen?.version === artifact.digest) return deployed;
          throw new TransientFailure(
            'NOT_DEPLOYED',
            `${artifact.digest} was deployed to ${environment}, and what is there is ${seen?.version ?? 'nothing'}`,
          );
        },
      );
      return Deployed.parse(answer);
    },
    async health(name, environment, signal) {
      checkName(name);
      if ((await inner.describe(service, signal))[environment] === null)
        return { up: false, detail: `nothing is deployed to ${environment}` };
      return inner.health(service, environment, signal);
    },
    async setWeight(receipt, request, signal) {
      const { canaryPct, effect } = request;
      const { known, current } = await perform(
        { service: request.service, environment: 'canary', verb: 'weight', effect, subject: [canaryPct] },
        async () => {
          if (canaryPct > 0 && (await inner.describe(service, signal)).canary === null)
            throw new PermanentFailure('NO_CANARY', 'there is no canary to give traffic to');
          await applyWeight(receipt, request, signal);
          return {};
        },
      );
      // Asked again, zero is made sure of once more: the way to safety must not depend on what is remembered.
      if (canaryPct === 0 && known && current) await applyWeight(receipt, request, signal);
    },
    async getWeight(name, signal) {
      checkName(name);
      return inner.getWeight(service, signal);
    },
    async promote(receipt, request, signal) {
      const { version, effect } = request;
      await perform(
        { service: request.service, environment: 'canary', verb: 'promote', effect, subject: [version] },
        async () => {
          const left = planPromotion(await inner.describe(service, signal), version);
          if (left === 'nothing') return {};
          if (left === 'weight') {
            await applyWeight(receipt, { service, canaryPct: 0, effect }, signal);
            return {};
          }
          const health = await inner.health(service, 'canary', signal);
          if (!health.up) throw new TransientFailure('CANARY_DOWN', `the canary is not healthy: ${health.detail}`);
          await inner.promote(receipt, request, signal);
          const after = await inner.describe(service, signal);
          if (after.production?.version === version && after.canary === null && after.canaryPct === 0) return {};
          throw new TransientFailure(
            'NOT_PROMOTED',
            `after the promotion production is ${after.production?.version ?? 'nothing'}, the canary ${after.canary?.version ?? 'nothing'} with ${after.canaryPct} %`,
          );
        },
      );
    },
    async retire(receipt, request, signal) {
      const { environment, effect } = request;
      const place = leaseOfEnvironment(environment);
      await perform({ service: request.service, environment: place, verb: 'retire', effect, subject: [] }, async () => {
        if (environment === 'canary') await refuseUnderTraffic(signal);
        await inner.retire(receipt, request, signal);
        const seen = (await inner.describe(service, signal))[environment];
        if (seen === null) return {};
        throw new TransientFailure('NOT_RETIRED', `${environment} was stopped and still runs ${seen.version}`);
      });
    },
    async describe(name, signal) {
      checkName(name);
      return inner.describe(service, signal);
    },
    ...(inner.stopCanary === undefined ? {} : { stopCanary: stopWith(inner.stopCanary.bind(inner)) }),
  };
}

/** What a promotion still has to do; an earlier attempt may have ended anywhere. @throws {PermanentFailure} NOT_THE_CANARY */
function planPromotion(state: ServiceState, version: Digest): 'nothing' | 'weight' | 'all' {
  if (state.canary?.version === version) return 'all';
  if (state.canary !== null || state.production?.version !== version)
    throw new PermanentFailure('NOT_THE_CANARY', `the canary is ${state.canary?.version ?? 'none'}, not ${version}`);
  return state.canaryPct === 0 ? 'nothing' : 'weight';
}
