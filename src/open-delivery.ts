import type { Config } from './config/config.ts';
import { makeDryRunDelivery } from './delivery/dry-run.ts';
import { makeLocalMetricSource, makeLocalTarget } from './delivery/local/make-local-target.ts';
import type { Baseline, MetricSource } from './delivery/metric-source.ts';
import type { DeliveryTarget } from './delivery/target.ts';
import { PermanentFailure } from './errors.ts';
import type { Logger } from './log.ts';
import type { Run } from './store/tables.ts';

export interface Delivery {
  /** The real target, or for a dry run one that only describes. */
  readonly of: (run: Run) => { target: DeliveryTarget; metrics: MetricSource };
  /** Production's own figures for people to see; null when they cannot be had. */
  readonly baseline: (run: Run, signal: AbortSignal) => Promise<Baseline | null>;
}

export function openDelivery(config: Config, log: Logger): Delivery {
  const { localTargetUrl: url, localTargetToken: token } = config.env;
  const real =
    url === undefined || token === undefined
      ? null
      : { target: makeLocalTarget({ url, token, log }), metrics: makeLocalMetricSource({ url, token }) };
  const of: Delivery['of'] = (run) => {
    if (real === null)
      throw new PermanentFailure(
        'NO_TARGET',
        'SLIPWAY_LOCAL_TARGET_URL and SLIPWAY_LOCAL_TARGET_TOKEN are not set on this worker',
      );
    // One for each step: what a dry run imagined must not be what the next one finds in production.
    return run.dry_run ? makeDryRunDelivery(real, log) : real;
  };
  return {
    of,
    async baseline(run, signal) {
      if (real === null) return null;
      return real.metrics.baseline(run.service, signal).catch((error: unknown) => {
        log.warn({ err: error, service: run.service }, 'no baseline for the context package');
        return null;
      });
    },
  };
}
