import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RunId } from '../../src/ids.ts';
import { type CanaryRig, type RigService, startCanaryRig } from '../support/canary-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { FleetProcess } from '../support/fleet-process.ts';

/** How long a canary may go unwatched here, seconds. */
const HOLD_S = 30;
const SHARE = 50;
const FEW = 8;
const PLENTY = 80;
const HOUR_MS = 3_600_000;
const PATIENCE_MS = 600_000;
const PRELOAD = fileURLToPath(new URL('../support/stepped-clock.mjs', import.meta.url));

let rig: CanaryRig;
let clock: string;
const running = new Set<FleetProcess>();
beforeAll(async () => {
  clock = join(await mkdtemp(join(tmpdir(), 'slipway-clock-')), 'offset-ms');
  rig = await startCanaryRig({
    services: 1,
    requestsPerSecond: FEW,
    hearWeights: true,
    fleet: { canary_hold_s: HOLD_S, canary_guard: 'required' },
    thresholds: {
      canary_traffic_initial_pct: SHARE,
      canary_monitoring_duration_min: 1,
      canary_warm_up_s: 0,
      canary_tick_s: 1,
      canary_max_windows: 12,
    },
  });
});
afterAll(async () => {
  await rig?.close();
  await rm(join(clock, '..'), { recursive: true });
});
afterEach(async () => {
  await rig.redis.start();
  await Promise.all([...running].map((process) => process.kill()));
  running.clear();
});

async function keep(starting: Promise<FleetProcess>): Promise<FleetProcess> {
  const started = await starting;
  running.add(started);
  return started;
}

/** A worker whose wall clock can be set, and nobody else's. */
async function startSteppedWorker(): Promise<FleetProcess & { step(offsetMs: number): void }> {
  writeFileSync(clock, '0');
  const worker = await keep(rig.startWorker('stepped', { NODE_OPTIONS: `--import=${PRELOAD}`, STEPPED_CLOCK: clock }));
  return {
    ...worker,
    step(offsetMs) {
      writeFileSync(clock, String(offsetMs));
      process.kill(worker.pid, 'SIGUSR2');
    },
  };
}

function service(): RigService {
  const [first] = rig.services;
  if (first === undefined) throw new Error('the rig has no service');
  return first;
}

const weight = () => rig.balancer.figures(service().name, 'canary').then((figures) => figures.weight);
const told = () => rig.weights?.told(service().name, 'canary') ?? [];

async function giveCanary(name: string): Promise<RunId> {
  service().traffic.setRate(FEW);
  const id = await service().enqueue({ name });
  await rig.nextTick(id);
  expect(await weight()).toBeGreaterThan(0);
  return id;
}

/** Nobody may have watched it: at zero, once, and it says so. */
async function endsUnwatched(id: RunId, from: number): Promise<void> {
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'no_proof' });
  expect((await rig.recorded(id, 'autonomous_rollback')).entry.payload['cause']).toBe('unwatched');
  expect(await weight()).toBe(0);
  const [share, zero, ...more] = told().slice(from);
  expect({ given: share !== undefined && share > 0, zero, more }).toEqual({ given: true, zero: 0, more: [] });
}

it('the worker’s clock steps by seconds, back and forth: ticks come late or are left out, and the canary is promoted on what was counted', async () => {
  await keep(rig.startGuard('one'));
  const worker = await startSteppedWorker();
  const from = told().length;
  const id = await giveCanary('small steps');
  for (const seconds of [-5, 5, 0]) {
    worker.step(seconds * 1_000);
    await rig.nextTick(id);
  }
  expect(await weight()).toBeGreaterThan(0);
  const { answered } = await rig.balancer.figures(service().name, 'canary');
  service().traffic.setRate(PLENTY);
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'deployed' });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`]);
  // Its share, all of it while production is replaced, zero.
  expect(told().slice(from)).toHaveLength(3);
  const { payload } = (await rig.recorded(id, 'canary_verdict')).entry;
  const { canary_requests } = payload['numbers'] as { canary_requests: number };
  expect(canary_requests).toBeGreaterThanOrEqual(600);
  expect((await rig.balancer.figures(service().name, 'canary')).answered - answered).toBeGreaterThan(0);
});

it('the worker’s clock steps an hour forward: by it nobody watched the canary for an hour, so it goes back to zero', async () => {
  await keep(rig.startGuard('one'));
  const worker = await startSteppedWorker();
  const from = told().length;
  const id = await giveCanary('an hour on');
  worker.step(HOUR_MS);
  await endsUnwatched(id, from);
  expect((await rig.entries(id)).some(({ entry }) => entry.event === 'promotion.intended')).toBe(false);
});

it('the worker’s clock steps an hour back: it would look again in an hour, so the guard takes the canary to zero after its limit', async () => {
  await keep(rig.startGuard('one'));
  const worker = await startSteppedWorker();
  const from = told().length;
  const id = await giveCanary('an hour back');
  worker.step(-HOUR_MS);
  const { entry } = await rig.recorded(id, 'guard_zeroed');
  expect(entry.payload).toMatchObject({ from_pct: SHARE, cause: 'no_tick' });
  // Somebody whose clock is right finds what the guard did.
  await keep(rig.startWorker('right'));
  await endsUnwatched(id, from);
});

it('Redis killed and brought back within the limit: the canary keeps its share and goes on to production', async () => {
  await keep(rig.startGuard('one'));
  await keep(rig.startWorker('one'));
  const from = told().length;
  const id = await giveCanary('redis restarts');
  await rig.redis.kill();
  await rig.redis.start();
  await rig.nextTick(id);
  expect(await weight()).toBeGreaterThan(0);
  service().traffic.setRate(PLENTY);
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'deployed' });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`]);
  expect(told().slice(from)).toHaveLength(3);
});

it('Redis gone for longer than the limit: no step is taken, so the guard takes the canary to zero, and its run ends by that when Redis is back', async () => {
  await keep(rig.startGuard('one'));
  await keep(rig.startWorker('one'));
  const from = told().length;
  const id = await giveCanary('redis gone');
  await rig.redis.kill();
  await eventually('HAProxy has it at zero', async () => (await weight()) === 0, PATIENCE_MS);
  expect((await rig.recorded(id, 'guard_zeroed')).entry.payload).toMatchObject({ from_pct: SHARE, cause: 'no_tick' });
  await rig.redis.start();
  await endsUnwatched(id, from);
});
