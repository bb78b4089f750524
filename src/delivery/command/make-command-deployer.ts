import type { Deployer } from '../routed/deployer.ts';
import type { CallProgram } from './call-program.ts';

/** A program that starts and stops versions beside a balancer. */
export function makeCommandDeployer(call: CallProgram): Deployer {
  return {
    deploy({ environment, artifact, effect, receiptSeq }, signal) {
      const { digest: version, directory } = artifact;
      return call('deploy', { environment, version, directory, effect, receipt_seq: receiptSeq }, signal);
    },
    async replaceProduction({ version, effect, receiptSeq }, signal) {
      await call('replace_production', { version, effect, receipt_seq: receiptSeq }, signal);
    },
    async retire({ environment, effect, receiptSeq }, signal) {
      await call('retire', { environment, effect, receipt_seq: receiptSeq }, signal);
    },
    health: (environment, signal) => call('health', { environment }, signal),
    describe: (signal) => call('describe', {}, signal),
  };
}
