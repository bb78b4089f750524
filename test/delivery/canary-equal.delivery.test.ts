import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CanaryRig, type RigService, startCanaryRig } from '../support/canary-rig.ts';

/** Canary requests under which nothing may be promoted: the default of `canary_min_requests`. */
const MINIMUM = 600;
/** What a machine that is too busy can do to a canary. None of it is ever held against the change. */
const OF_THE_MACHINE = ['canary_down', 'metrics_unavailable', 'routing', 'environment', 'no_proof'];

let rig: CanaryRig;
beforeAll(async () => {
  rig = await startCanaryRig({
    services: 4,
    requestsPerSecond: 150,
    thresholds: {
      canary_traffic_initial_pct: 50,
      canary_monitoring_duration_min: 0.17,
      canary_warm_up_s: 0,
      canary_tick_s: 1,
      canary_max_windows: 2,
    },
  });
  await rig.startWorker('one');
});
afterAll(() => rig?.close());

/** One canary of a version that equals production. Its requests are counted by HAProxy too, which no judge reads here. */
async function takeCanary(service: RigService, name: string) {
  const { answered } = await rig.balancer.figures(service.name, 'canary');
  const id = await service.enqueue({ name });
  const run = await rig.endOf(id);
  const verdict = (await rig.entries(id)).find(({ entry }) => entry.event === 'canary_verdict');
  const after = await rig.balancer.figures(service.name, 'canary');
  expect(verdict?.entry.payload['cause']).not.toBe('regression');
  expect(after.weight).toBe(0);
  const numbers = verdict?.entry.payload['numbers'] as { canary_requests: number } | undefined;
  const judged = numbers?.canary_requests ?? 0;
  expect(after.answered - answered).toBeGreaterThanOrEqual(judged);
  return { outcome: run.outcome, reason: run.outcome_reason, judged };
}

it('equal versions are never rolled back for what they do, and none is promoted under the minimum: the one without traffic for it is not, however long it is watched', {
  timeout: 900_000,
}, async () => {
  const [starved, ...fed] = rig.services;
  if (starved === undefined) throw new Error('the rig has no service');
  starved.traffic.setRate(6);
  await Promise.all([
    (async () => {
      const one = await takeCanary(starved, 'starved');
      expect(one.outcome).toBe('rolled_back');
      expect(OF_THE_MACHINE).toContain(one.reason);
      expect(one.judged).toBeLessThan(MINIMUM);
    })(),
    ...fed.map(async (service) => {
      // A machine that stood still may end a canary, for a cause of its own: then another one is taken, until one has its proof.
      for (let n = 1; ; n += 1) {
        const one = await takeCanary(service, `equal ${n}`);
        if (one.outcome === 'deployed') return expect(one.judged).toBeGreaterThanOrEqual(MINIMUM);
        expect(OF_THE_MACHINE).toContain(one.reason);
      }
    }),
  ]);
});
