import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type CanaryRig, type RigService, startCanaryRig } from '../support/canary-rig.ts';
import type { FleetProcess } from '../support/fleet-process.ts';
import { tellService } from '../support/measured-service.ts';

/** Too few for a proof in any window: a canary goes on for as long as a test wants, and ends when it raises the rate. */
const FEW = 8;
const PLENTY = 80;
const SHARE = 50;

let rig: CanaryRig;
const running = new Set<FleetProcess>();
beforeAll(async () => {
  rig = await startCanaryRig({
    services: 4,
    requestsPerSecond: FEW,
    thresholds: {
      canary_traffic_initial_pct: SHARE,
      canary_monitoring_duration_min: 0.4,
      canary_warm_up_s: 0,
      canary_tick_s: 1,
      canary_max_windows: 12,
    },
  });
});
afterAll(() => rig?.close());
afterEach(async () => {
  await Promise.all([...running].map((process) => process.kill()));
  running.clear();
});

async function startWorker(name: string): Promise<FleetProcess> {
  const worker = await rig.startWorker(name);
  running.add(worker);
  return worker;
}

function service(index: number): RigService {
  const found = rig.services[index];
  if (found === undefined) throw new Error(`the rig has no service ${index}`);
  return found;
}

const weightOf = ({ name }: RigService) => rig.balancer.figures(name, 'canary').then(({ weight }) => weight);

/** A run whose canary has its share and is watched. */
async function giveCanary(of: RigService, name: string) {
  const id = await of.enqueue({ name });
  await rig.nextTick(id);
  expect(await weightOf(of)).toBeGreaterThan(0);
  return id;
}

async function wasTakenBack(of: RigService, id: Awaited<ReturnType<typeof giveCanary>>, cause: string) {
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: cause });
  expect((await rig.recorded(id, 'canary_verdict')).entry).toMatchObject({ outcome: 'FAIL', payload: { cause } });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, 'weight 0']);
  expect(await weightOf(of)).toBe(0);
  expect((await of.vm.deployer.describe(AbortSignal.timeout(30_000))).canary).toBeNull();
}

it('a canary that is killed, and one that says it is not well, are taken back as down; one that fails names the errors only it shows; counters that begin anew are counted on', async () => {
  await startWorker('one');
  const [killed, sick, reset, broken] = [service(0), service(1), service(2), service(3)];
  await Promise.all([
    (async () => {
      const id = await giveCanary(killed, 'killed');
      killed.vm.kill('canary');
      await wasTakenBack(killed, id, 'canary_down');
      // HAProxy itself saw it down, and sent what came meanwhile to production.
      expect((await rig.balancer.figures(killed.name, 'stable')).up).toBe(true);
    })(),
    (async () => {
      const id = await giveCanary(sick, 'sick');
      await tellService(sick.vm.ports.canary, 'sick');
      await wasTakenBack(sick, id, 'canary_down');
    })(),
    (async () => {
      const id = await giveCanary(broken, 'broken');
      broken.traffic.setRate(PLENTY);
      await tellService(broken.vm.ports.canary, 'errors?share=1');
      await wasTakenBack(broken, id, 'regression');
      const { canary_only_errors: only } = await rig.incident(id);
      expect(only?.map(({ signature }) => signature)).toEqual(['code=503 route=/']);
      broken.traffic.setRate(FEW);
    })(),
    (async () => {
      const id = await giveCanary(reset, 'reset');
      reset.traffic.setRate(PLENTY);
      await rig.nextTick(id);
      for (const arm of ['canary', 'production'] as const) await tellService(reset.vm.ports[arm], 'restart');
      expect(await rig.endOf(id)).toMatchObject({ outcome: 'deployed' });
      const { payload } = (await rig.recorded(id, 'canary_verdict')).entry;
      expect(payload['numbers']).toMatchObject({ canary_errors: 0 });
      const { canary_requests } = payload['numbers'] as { canary_requests: number };
      expect(canary_requests).toBeGreaterThanOrEqual(600);
      // HAProxy, whose counters did not begin anew, answered at least as many.
      expect((await rig.balancer.figures(reset.name, 'canary')).answered).toBeGreaterThanOrEqual(canary_requests);
      expect(await weightOf(reset)).toBe(0);
      reset.traffic.setRate(FEW);
    })(),
  ]);
});
