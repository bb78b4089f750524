import { expect, it } from 'vitest';
import type { MetricSource, TrafficSnapshot } from '../../src/delivery/metric-source.ts';
import { eventually } from '../support/eventually.ts';
import { never } from './delivery-target.ts';

export interface MetricSubject {
  readonly metrics: MetricSource;
  readonly service: string;
  /** Requests to both arms, and a few failed ones to production. */
  readonly traffic: () => Promise<void>;
  /** Takes away what the figures come from. */
  readonly breakIt: () => Promise<void>;
}

/** What every metric source must do. `withSubject` hands out one whose service has production and a canary under traffic. */
export function testMetricSource(
  withSubject: (work: (subject: MetricSubject) => Promise<void>) => Promise<void>,
): void {
  it('counts both arms in whole numbers that only grow', () =>
    withSubject(async ({ metrics, service, traffic }) => {
      const before = await metrics.snapshot(service, never());
      await traffic();
      const after = await eventually('the traffic is counted in both arms', async () => {
        const now = await metrics.snapshot(service, never());
        return grown(before, now, 'control') > 0 && grown(before, now, 'canary') > 0 ? now : null;
      });
      expect(before.canary).not.toBeNull();
      expect(after.control.version).not.toBe(after.canary?.version);
      expect(after.control.errors).toBeGreaterThanOrEqual(before.control.errors);
      for (const arm of [after.control, after.canary])
        for (const count of ['errors', 'slow'] as const) expect(arm?.[count]).toBeLessThanOrEqual(arm?.total ?? -1);
    }));

  it('has no figures, and no zeros in their place, when they cannot be had', () =>
    withSubject(async ({ metrics, service, breakIt }) => {
      await breakIt();
      const gone = await eventually('the figures are missing', () =>
        metrics.snapshot(service, never()).then(
          () => null,
          (error: unknown) => ({ error }),
        ),
      );
      expect(gone.error).toMatchObject({ code: 'METRICS_UNAVAILABLE', name: 'TransientFailure' });
    }));

  it('stops with the run, with the reason of the stop', () =>
    withSubject(async ({ metrics, service }) => {
      const stopped = AbortSignal.abort(new Error('the run was stopped'));
      await expect(metrics.snapshot(service, stopped)).rejects.toThrow('the run was stopped');
      const baseline = metrics.baseline(service, stopped).then(
        () => 'it keeps none',
        (error: unknown) => (error instanceof Error ? error.message : 'no reason'),
      );
      expect(await baseline).toMatch(/^(it keeps none|the run was stopped)$/);
    }));
}

function grown(before: TrafficSnapshot, now: TrafficSnapshot, arm: 'control' | 'canary'): number {
  return (now[arm]?.total ?? 0) - (before[arm]?.total ?? 0);
}
