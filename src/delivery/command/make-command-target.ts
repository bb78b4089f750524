import type { DeliveryTarget } from '../target.ts';
import type { CallProgram } from './call-program.ts';

/** A target whose verbs are done by a program. It only acts; `guardTarget` keeps the rules around it. */
export function makeCommandTarget(call: CallProgram, publicEndpoint: string): DeliveryTarget {
  return {
    deploy(receipt, { environment, artifact, effect }, signal) {
      const { digest: version, directory } = artifact;
      return call('deploy', { environment, version, directory, effect, receipt_seq: receipt.seq }, signal);
    },
    health: (_service, environment, signal) => call('health', { environment }, signal),
    async setWeight(receipt, { canaryPct, effect }, signal) {
      await call('set_weight', { canary_pct: canaryPct, effect, receipt_seq: receipt.seq }, signal);
    },
    getWeight: async (_service, signal) => (await call('get_weight', {}, signal)).canary_pct,
    async promote(receipt, { version, effect }, signal) {
      await call('promote', { version, effect, receipt_seq: receipt.seq }, signal);
    },
    async retire(receipt, { environment, effect }, signal) {
      await call('retire', { environment, effect, receipt_seq: receipt.seq }, signal);
    },
    async describe(_service, signal) {
      const slots = await call('describe', {}, signal);
      return { ...slots, canaryPct: (await call('get_weight', {}, signal)).canary_pct, publicEndpoint };
    },
  };
}
