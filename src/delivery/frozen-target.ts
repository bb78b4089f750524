import { TransientFailure } from '../errors.ts';
import type { DeliveryTarget } from './target.ts';

/**
 * Asks once more, last before the act, whether the service is frozen: a freeze that came after the stage looked is still
 * in time. Taking traffic away, stopping and looking are never refused.
 */
export function makeFrozenTarget(
  target: DeliveryTarget,
  readFreeze: (service: string) => Promise<{ readonly reason: string } | null>,
): DeliveryTarget {
  async function refuseWhileFrozen(service: string): Promise<void> {
    const freeze = await readFreeze(service);
    if (freeze !== null) throw new TransientFailure('FROZEN', `${service} is frozen: ${freeze.reason}`);
  }
  return {
    describe: (service, signal) => target.describe(service, signal),
    getWeight: (service, signal) => target.getWeight(service, signal),
    health: (service, environment, signal) => target.health(service, environment, signal),
    retire: (receipt, request, signal) => target.retire(receipt, request, signal),
    async deploy(receipt, request, signal) {
      await refuseWhileFrozen(request.service);
      return target.deploy(receipt, request, signal);
    },
    async setWeight(receipt, request, signal) {
      if (request.canaryPct > 0) await refuseWhileFrozen(request.service);
      return target.setWeight(receipt, request, signal);
    },
    async promote(receipt, request, signal) {
      await refuseWhileFrozen(request.service);
      return target.promote(receipt, request, signal);
    },
    ...(target.stopCanary === undefined ? {} : { stopCanary: target.stopCanary.bind(target) }),
  };
}
