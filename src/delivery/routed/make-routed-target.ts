import { setTimeout as wait } from 'node:timers/promises';
import { TransientFailure } from '../../errors.ts';
import type { DeliveryTarget, Health } from '../target.ts';
import type { Deployer, Slot } from './deployer.ts';
import type { TrafficRouter } from './traffic-router.ts';
import { untilHealthy } from './until-healthy.ts';

export interface RoutedOptions {
  readonly deployer: Deployer;
  readonly router: TrafficRouter;
  readonly publicEndpoint: string;
  /** How long a version may take to become healthy in the production slot. */
  readonly healthDeadlineMs: number;
  /** From the moment a version gets no new requests to its end, for those it still answers. */
  readonly drainMs: number;
}

/**
 * A target of two halves: a deployer runs the versions, a balancer shares the traffic. Taking the canary to zero asks the
 * balancer alone. It only acts; `guardTarget` keeps the rules around it.
 */
export function makeRoutedTarget({
  deployer,
  router,
  publicEndpoint,
  healthDeadlineMs,
  drainMs,
}: RoutedOptions): DeliveryTarget {
  /** Both must say so: the deployer that the version runs well, the balancer that it reaches it. */
  async function health(slot: Slot, signal: AbortSignal): Promise<Health> {
    const own = await deployer.health(slot, signal);
    if (!own.up || slot === 'staging' || slot === 'base') return own;
    const seen = await router.armHealth(slot === 'production' ? 'stable' : 'canary', signal);
    return seen?.up === false ? seen : own;
  }

  async function refuseToServeNothing(signal: AbortSignal): Promise<void> {
    if ((await router.getWeight(signal)) < 100) return;
    const stable = await health('production', signal);
    if (stable.up) return;
    throw new TransientFailure(
      'PRODUCTION_DOWN',
      `the canary serves all traffic and production is not healthy (${stable.detail}); taking it out would leave nothing`,
    );
  }

  return {
    deploy: (receipt, { environment, artifact, effect }, signal) =>
      deployer.deploy({ environment, artifact, effect, receiptSeq: receipt.seq }, signal),
    health: (_service, environment, signal) => health(environment, signal),
    async setWeight(_receipt, { canaryPct }, signal) {
      if (canaryPct === 0) await refuseToServeNothing(signal);
      await router.setWeight(canaryPct, signal);
    },
    getWeight: (_service, signal) => router.getWeight(signal),
    /**
     * All traffic to the canary, the new version into the production slot, traffic back, canary stopped. Each step finds
     * out what is done already, so it may be entered again anywhere. While production is not healthy the canary serves.
     */
    async promote(receipt, { version, effect }, signal) {
      const asked = { effect, receiptSeq: receipt.seq };
      if ((await deployer.describe(signal)).production?.version !== version) {
        await router.setWeight(100, signal);
        await wait(drainMs, undefined, { signal });
        await deployer.replaceProduction({ version, ...asked }, signal);
      }
      await untilHealthy(() => health('production', signal), healthDeadlineMs, signal);
      await router.setWeight(0, signal);
      await wait(drainMs, undefined, { signal });
      await deployer.retire({ environment: 'canary', ...asked }, signal);
    },
    async retire(receipt, { environment, effect }, signal) {
      if (environment === 'canary') await wait(drainMs, undefined, { signal });
      await deployer.retire({ environment, effect, receiptSeq: receipt.seq }, signal);
    },
    async stopCanary(receipt, { effect }, signal) {
      const stable = await deployer.health('production', signal);
      if (!stable.up)
        throw new TransientFailure(
          'PRODUCTION_DOWN',
          `production is not healthy (${stable.detail}); stopping the canary would leave nothing`,
        );
      await deployer.retire({ environment: 'canary', effect, receiptSeq: receipt.seq }, signal);
      // Read back here: whoever asks for the whole state asks the balancer too.
      const { canary } = await deployer.describe(signal);
      if (canary !== null)
        throw new TransientFailure('NOT_STOPPED', `the canary was stopped and still runs ${canary.version}`);
    },
    async describe(_service, signal) {
      const [slots, canaryPct] = await Promise.all([deployer.describe(signal), router.getWeight(signal)]);
      return { ...slots, canaryPct, publicEndpoint };
    },
  };
}
