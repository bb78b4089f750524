import type { Logger } from '../log.ts';
import type { MetricSource } from './metric-source.ts';
import type { DeliveryTarget, Deployment, ServiceState } from './target.ts';

/** What a dry run would have changed, beside what really stands. */
type Imagined = Partial<Pick<ServiceState, 'production' | 'canary' | 'staging' | 'base' | 'canaryPct'>>;

export interface DeliveryPair {
  readonly target: DeliveryTarget;
  readonly metrics: MetricSource;
}

/** Delivery that only describes: nothing that it does reaches the real target. */
export function makeDryRunDelivery(real: DeliveryPair, log: Logger): DeliveryPair {
  return { target: makeDryRunTarget(real.target, log), metrics: makeDryRunMetricSource(real.metrics) };
}

/**
 * Stands in for a target in a dry run: every verb that changes something is only described in the log; what it would have
 * changed is remembered here, so that a read-back in the same process agrees. Reads of the real state are passed on.
 */
function makeDryRunTarget(real: Pick<DeliveryTarget, 'describe'>, log: Logger): DeliveryTarget {
  const imagined = new Map<string, Imagined>();
  const imagine = (service: string, change: Imagined): void => {
    imagined.set(service, { ...imagined.get(service), ...change });
  };
  const describe: DeliveryTarget['describe'] = async (service, signal) => ({
    ...(await real.describe(service, signal)),
    ...imagined.get(service),
  });
  return {
    describe,
    deploy(_receipt, { service, environment, artifact }) {
      const deployment: Deployment = { version: artifact.digest, endpoint: `dry-run://${service}/${environment}` };
      imagine(service, { [environment]: deployment });
      log.info({ dryRun: true, service, environment, version: artifact.digest }, 'would deploy');
      return Promise.resolve(deployment);
    },
    health: () => Promise.resolve({ up: true, detail: 'dry run: nothing was started' }),
    setWeight(_receipt, { service, canaryPct }) {
      imagine(service, { canaryPct });
      log.info({ dryRun: true, service, canaryPct }, 'would set the canary weight');
      return Promise.resolve();
    },
    getWeight: async (service, signal) => (await describe(service, signal)).canaryPct,
    promote(_receipt, { service, version }) {
      imagine(service, {
        production: { version, endpoint: `dry-run://${service}/production` },
        canary: null,
        canaryPct: 0,
      });
      log.info({ dryRun: true, service, version }, 'would promote');
      return Promise.resolve();
    },
    retire(_receipt, { service, environment }) {
      imagine(service, { [environment]: null });
      log.info({ dryRun: true, service, environment }, 'would retire');
      return Promise.resolve();
    },
  };
}

/** Production's own figures are read as they are; a canary that was only imagined has none, and none are invented. */
function makeDryRunMetricSource(real: MetricSource): MetricSource {
  return {
    baseline: (service, signal) => real.baseline(service, signal),
    async snapshot(service, signal) {
      return { ...(await real.snapshot(service, signal)), canary: null, canary_pct: 0 };
    },
  };
}
