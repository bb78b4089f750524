import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openGuardFile } from '../../src/guard/guard-file.ts';
import type { RunId } from '../../src/ids.ts';
import { type CanaryRig, startCanaryRig } from '../support/canary-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { FleetProcess } from '../support/fleet-process.ts';

/** How long a canary may go unwatched here, seconds; a busy machine takes its ticks sooner than that. */
const HOLD_S = 20;
const PATIENCE_MS = 300_000;

const Zeroed = z.object({ zeroed_at: z.iso.datetime() });

let rig: CanaryRig;
const running = new Set<FleetProcess>();
beforeAll(async () => {
  rig = await startCanaryRig({
    services: 1,
    requestsPerSecond: 40,
    fleet: { canary_hold_s: HOLD_S, canary_guard: 'required' },
    // A window that no test sees the end of: what ends these canaries is what the tests do.
    thresholds: {
      canary_traffic_initial_pct: 20,
      canary_monitoring_duration_min: 60,
      canary_warm_up_s: 0,
      canary_tick_s: 1,
    },
  });
});
afterAll(() => rig?.close());
afterEach(async () => {
  await Promise.all([...running].map((process) => process.kill()));
  running.clear();
});

async function start(command: 'worker' | 'guard', name: string): Promise<FleetProcess> {
  const started = await (command === 'worker' ? rig.startWorker(name) : rig.startGuard(name));
  running.add(started);
  return started;
}

const service = () => {
  const [first] = rig.services;
  if (first === undefined) throw new Error('the rig has no service');
  return first;
};
const weight = () => rig.balancer.figures(service().name, 'canary').then((figures) => figures.weight);
const isOut = () => eventually('HAProxy has it at zero', async () => (await weight()) === 0, PATIENCE_MS);

/** A canary that is watched and has its share, by HAProxy's own word. */
async function giveCanary(name: string): Promise<RunId> {
  const id = await service().enqueue({ name });
  await rig.nextTick(id);
  expect(await weight()).toBeGreaterThan(0);
  return id;
}

async function zeroEntries(id: RunId) {
  return (await rig.entries(id)).filter(({ entry }) => entry.event === 'guard_zeroed');
}

/** Another worker finds what the guard did, and the run ends by it. */
async function endsUnwatched(id: RunId): Promise<void> {
  await start('worker', 'after');
  expect(await rig.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'no_proof' });
  expect((await rig.recorded(id, 'autonomous_rollback')).entry.payload['cause']).toBe('unwatched');
  expect(await zeroEntries(id)).toHaveLength(1);
  // What the guard took out is never raised again in its run.
  const raised = (await rig.entries(id)).filter(
    ({ entry }) => entry.event === 'canary_weight.completed' && entry.payload['pct'] !== 0,
  );
  expect(raised).toHaveLength(1);
  expect(await weight()).toBe(0);
}

it('kill -9 of the only worker: the guard takes the canary out of HAProxy once nobody watched it for its limit, and says so', async () => {
  const worker = await start('worker', 'first');
  await start('guard', 'one');
  const id = await giveCanary('worker killed');
  await worker.kill();
  running.delete(worker);
  await isOut();
  const { entry } = await rig.recorded(id, 'guard_zeroed');
  expect(entry.outcome).toBe('zeroed');
  expect(entry.payload).toMatchObject({ pct: 0, from_pct: 20, cause: 'no_tick' });
  expect(entry.payload['unwatched_s']).toBeGreaterThanOrEqual(HOLD_S);
  await endsUnwatched(id);
});

it('kill -9 of the guard: another process goes on with its file; and of both, with every store gone: the file alone is enough', async () => {
  const worker = await start('worker', 'first');
  const guard = await start('guard', 'one');
  const id = await giveCanary('both killed');
  await guard.kill();
  running.delete(guard);
  const second = await start('guard', 'one');
  await eventually('it reads the record', async () => (await fetch(`${second.url}/readyz`)).ok, PATIENCE_MS);
  await rig.nextTick(id);
  expect(await weight()).toBeGreaterThan(0);
  expect(await zeroEntries(id)).toEqual([]);

  await Promise.all([worker.kill(), second.kill()]);
  await Promise.all([rig.redis.kill(), rig.postgres.kill()]);
  expect(await weight()).toBeGreaterThan(0);
  const third = await start('guard', 'one');
  await isOut();
  // It is killed between the act and the entry; its successor knows from the file what was done.
  const zeroed = () =>
    openGuardFile(join(rig.dataDir('one'), 'guard')).canaries.find(({ run_id }) => run_id === id)?.zeroed;
  expect(await eventually('that is in its file', zeroed, PATIENCE_MS)).toMatchObject({ by: 'weight', recorded: false });
  await third.kill();
  running.delete(third);
  await start('guard', 'one');
  await Promise.all([rig.redis.start(), rig.postgres.start()]);
  const { entry } = await rig.recorded(id, 'guard_zeroed');
  expect(entry.payload).toMatchObject({ from_pct: 20, cause: 'store_silent' });
  expect(Date.parse(Zeroed.parse(entry.payload).zeroed_at)).toBeLessThan(Date.parse(entry.timestamp));
  await endsUnwatched(id);
});
