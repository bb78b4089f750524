import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RunId } from '../../src/ids.ts';
import { type CanaryRig, type RigService, startCanaryRig } from '../support/canary-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { FleetProcess } from '../support/fleet-process.ts';
import { startSteadyTraffic } from '../support/steady-traffic.ts';

const FEW = 8;
const PLENTY = 80;
const SHARE = 50;
const PATIENCE_MS = 600_000;

let rig: CanaryRig;
let worker: FleetProcess;
beforeAll(async () => {
  rig = await startCanaryRig({
    services: 2,
    requestsPerSecond: FEW,
    healthDeadlineS: 60,
    thresholds: {
      canary_traffic_initial_pct: SHARE,
      canary_monitoring_duration_min: 1,
      canary_warm_up_s: 0,
      canary_tick_s: 1,
      canary_max_windows: 12,
    },
  });
  worker = await rig.startWorker('one');
});
afterAll(() => rig?.close());
afterEach(async () => {
  rig.prometheus.thaw();
  await rig.prometheus.start();
  await rig.balancer.start();
});

function service(): RigService {
  const [first] = rig.services;
  if (first === undefined) throw new Error('the rig has no service');
  return first;
}

const weight = () => rig.balancer.figures(service().name, 'canary').then((figures) => figures.weight);

async function giveCanary(name: string): Promise<RunId> {
  service().traffic.setRate(FEW);
  const id = await service().enqueue({ name });
  await rig.nextTick(id);
  expect(await weight()).toBeGreaterThan(0);
  return id;
}

/** Ticks at which the metrics could not be read, since the first one. */
async function unreadable(id: RunId): Promise<string[]> {
  const rows = await rig.core.db.selectFrom('slipway.canary_ticks').select('sample').where('run_id', '=', id).execute();
  return rows.flatMap(({ sample }) => {
    const { problem } = sample as { problem: string | null };
    return problem === null ? [] : [problem];
  });
}

async function isBlind(id: RunId, ticks: number): Promise<void> {
  const before = (await unreadable(id)).length;
  await eventually('ticks are unreadable', async () => (await unreadable(id)).length >= before + ticks, PATIENCE_MS);
}

/** Frozen, then at zero, with the store of metrics to blame and not the change. */
async function endsForLackOfMetrics(id: RunId): Promise<void> {
  const frozen = await rig.recorded(
    id,
    'canary_tick',
    ({ entry }) => (entry.payload['next'] as { kind: string } | null)?.kind === 'freeze',
  );
  expect(frozen.entry.rationale).toContain('frozen');
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'metrics_unavailable' });
  const { entry } = await rig.recorded(id, 'canary_verdict');
  expect(entry).toMatchObject({ outcome: 'FAIL', payload: { cause: 'metrics_unavailable' } });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, 'weight 0']);
  expect((await rig.incident(id)).gaps.length).toBeGreaterThan(0);
}

async function goesOnToProduction(id: RunId): Promise<void> {
  service().traffic.setRate(PLENTY);
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'deployed' });
  expect(await weight()).toBe(0);
}

it('Prometheus killed and started again within the limit: nothing accrues meanwhile, no share is changed, and the canary goes on', async () => {
  const id = await giveCanary('prometheus restarts');
  await rig.prometheus.kill();
  await isBlind(id, 3);
  expect(await weight()).toBeGreaterThan(0);
  await rig.prometheus.start();
  await goesOnToProduction(id);
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`]);
});

it('Prometheus killed for longer than the limit: frozen, then at zero', async () => {
  const id = await giveCanary('prometheus gone');
  await rig.prometheus.kill();
  await endsForLackOfMetrics(id);
  expect(await weight()).toBe(0);
  expect((await unreadable(id)).at(-1)).toMatch(/Prometheus|reach|fetch|connect/i);
});

it('Prometheus hangs for longer than the limit: each look is given up in time, then as if it were gone', async () => {
  const id = await giveCanary('prometheus hangs');
  rig.prometheus.freeze();
  await endsForLackOfMetrics(id);
  expect(await weight()).toBe(0);
});

it('HAProxy killed and started again: its file has the canary at zero, the share is given back, and the canary goes on', async () => {
  const id = await giveCanary('haproxy restarts');
  await rig.balancer.kill();
  await isBlind(id, 3);
  await rig.balancer.start();
  expect(await weight()).toBe(0);
  await rig.recorded(id, 'canary_weight.completed', ({ entry }) => entry.step === 'drift');
  expect(await weight()).toBeGreaterThan(0);
  await goesOnToProduction(id);
});

it('HAProxy gone for longer than the limit: the run is not over before zero was read back', async () => {
  const id = await giveCanary('haproxy gone');
  await rig.balancer.kill();
  const verdict = await rig.recorded(id, 'canary_verdict');
  expect(verdict.entry.payload['cause']).toBe('metrics_unavailable');
  expect((await rig.run(id)).status).not.toBe('finished');
  await rig.balancer.start();
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'metrics_unavailable' });
  expect((await rig.shares(id)).at(-1)).toBe('weight 0');
  expect(await weight()).toBe(0);
});

it('traffic that does not follow the weight: more than half of what was due goes past the canary for a minute, so it is taken back as badly routed, not as bad', async () => {
  const id = await giveCanary('share mismatch');
  // Somebody reaches production past the balancer, as clients of an old address do: half of all is not what the canary gets.
  const past = startSteadyTraffic(`http://127.0.0.1:${service().vm.ports.production}/`, PLENTY);
  try {
    expect(await rig.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'routing' });
  } finally {
    await past.end();
  }
  const { entry } = await rig.recorded(id, 'canary_verdict');
  expect(entry).toMatchObject({ outcome: 'FAIL', payload: { cause: 'routing' } });
  expect(entry.rationale).toMatch(/^the canary got \d+ of \d+ requests in the last \d+ s, \d+ were due$/);
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, 'weight 0']);
  expect(await weight()).toBe(0);
});

it('a version that never says it is well gets no request', async () => {
  const before = (await rig.balancer.figures(service().name, 'canary')).answered;
  const id = await service().enqueue({ name: 'never well', sickCanary: true });
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'canary_down' });
  expect(await rig.shares(id)).not.toContain(`weight ${SHARE}`);
  expect((await rig.balancer.figures(service().name, 'canary')).answered).toBe(before);
});

it('HAProxy reloaded, the worker killed, Redis killed, all in one canary: its share is given back, another replica goes on, and it is promoted once', async () => {
  const id = await giveCanary('through faults');
  await rig.balancer.reload();
  await rig.recorded(id, 'canary_weight.completed', ({ entry }) => entry.step === 'drift');
  expect(await weight()).toBeGreaterThan(0);
  const second = await rig.startWorker('two');
  await worker.kill();
  await rig.nextTick(id);
  await rig.redis.kill();
  await rig.redis.start();
  await rig.nextTick(id);
  expect(await weight()).toBeGreaterThan(0);
  await goesOnToProduction(id);
  const events = (await rig.entries(id)).map(({ entry }) => entry.event);
  for (const once of ['canary_verdict', 'promotion.completed', 'production_release'])
    expect(events.filter((event) => event === once)).toHaveLength(1);
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, `drift ${SHARE}`]);
  expect(await second.stop()).toBe(0);
});
