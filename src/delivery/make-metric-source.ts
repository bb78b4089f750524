import { StoreDown, TransientFailure } from '../errors.ts';
import type { ArmSource } from './arm-source.ts';
import { Baseline, type MetricSource, TrafficSnapshot } from './metric-source.ts';
import type { DeliveryTarget } from './target.ts';

/**
 * Joins what the target says (versions, weight) with what a store of metrics counted. Every failure is METRICS_UNAVAILABLE:
 * a refusal to show numbers says nothing about them.
 */
export function makeMetricSource(arms: ArmSource, target: Pick<DeliveryTarget, 'describe' | 'health'>): MetricSource {
  return {
    snapshot: (service, signal) =>
      orUnavailable(signal, async () => {
        const state = await target.describe(service, signal);
        if (state.production === null)
          throw new Error('nothing serves production, so there is nothing to compare with');
        const asked = { production: state.production.version, canary: state.canary?.version ?? null };
        const [read, health] = await Promise.all([
          arms.read(asked, signal),
          state.canary === null ? null : target.health(service, 'canary', signal),
        ]);
        if (state.canary !== null && read.canary === null) throw new Error('the canary has no counters');
        return TrafficSnapshot.parse({
          at: new Date().toISOString(),
          control: { ...read.control, version: state.production.version },
          canary:
            state.canary === null || read.canary === null
              ? null
              : { ...read.canary, version: state.canary.version, up: read.canary.up && health?.up === true },
          canary_pct: state.canaryPct,
        });
      }),
    baseline: (service, signal) =>
      orUnavailable(signal, async () => {
        const baseline = await arms.baseline(signal);
        return baseline === null ? null : Baseline.parse({ ...baseline, service });
      }),
  };
}

async function orUnavailable<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (signal.aborted || error instanceof StoreDown) throw error;
    if (error instanceof TransientFailure && error.code === 'METRICS_UNAVAILABLE') throw error;
    const detail = error instanceof Error ? error.message : 'no metrics';
    throw new TransientFailure('METRICS_UNAVAILABLE', detail, { cause: error });
  }
}
