import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { CrashPoint } from '../../src/crash-point.ts';
import type { RunId } from '../../src/ids.ts';
import { type CanaryRig, type RigService, startCanaryRig } from '../support/canary-rig.ts';
import { eventually } from '../support/eventually.ts';
import type { FleetProcess } from '../support/fleet-process.ts';
import { tellService } from '../support/measured-service.ts';

const SHARE = 50;
const PATIENCE_MS = 600_000;
const MOMENTS = ['before-intent', 'after-intent', 'before-act', 'after-confirm', 'after-act', 'after-outcome'] as const;

let rig: CanaryRig;
const running = new Set<FleetProcess>();
/** Seconds from each death to the first thing that another replica was seen to do for the run. */
const resumedAfterS = new Map<string, number>();
beforeAll(async () => {
  rig = await startCanaryRig({
    services: 1,
    requestsPerSecond: 80,
    hearWeights: true,
    // Many deaths in a row are not what `canary_hold_s` is about: each one is taken over in time.
    fleet: { canary_hold_s: 3_600 },
    thresholds: {
      canary_traffic_initial_pct: SHARE,
      canary_monitoring_duration_min: 0.4,
      canary_warm_up_s: 0,
      canary_tick_s: 1,
      canary_max_windows: 12,
    },
  });
});
afterAll(async () => {
  await rig?.close();
  const all = [...resumedAfterS.values()].toSorted((a, b) => a - b);
  const figures = [...resumedAfterS].map(([point, s]) => `${point} ${s.toFixed(1)} s`).join(', ');
  process.stdout.write(
    `resumed after ${all.length} kills: median ${all.at(all.length / 2)?.toFixed(1)} s, longest ${all.at(-1)?.toFixed(1)} s (${figures})\n`,
  );
});
afterEach(async () => {
  await Promise.all([...running].map((process) => process.kill()));
  running.clear();
});

function service(): RigService {
  const [first] = rig.services;
  if (first === undefined) throw new Error('the rig has no service');
  return first;
}

/** Not waited for: one that is to die may do so before it is ready. */
async function startWorker(name: string, env: NodeJS.ProcessEnv = {}): Promise<FleetProcess> {
  const worker = await rig.startWorker(name, env, null);
  running.add(worker);
  return worker;
}

const pointsOf = (effect: 'canary_deploy' | 'canary_weight' | 'canary_stop' | 'promotion'): CrashPoint[] =>
  MOMENTS.map((moment) => `${effect}:${moment}` as const);

/** All that a replica leaves where others see it: on the record, at HAProxy and on the VM. Nobody else is alive to leave any. */
const traces = async (id: RunId) => (await rig.entries(id)).length + toldSince(0).length + service().vm.calls().length;

/** One replica after the other takes the run on and dies at the next of these points; each starts when the one before it is dead. */
async function killAt(id: RunId, points: readonly CrashPoint[]): Promise<void> {
  let last: { point: CrashPoint; atMs: number } | null = null;
  for (const point of points) {
    const before = await traces(id);
    const worker = await startWorker('killed', { SLIPWAY_CRASH_POINT: point });
    let isGone = false;
    const gone = worker.gone.finally(() => {
      isGone = true;
    });
    if (last !== null) {
      const { point: of, atMs } = last;
      await eventually(`somebody goes on after ${of}`, async () => isGone || (await traces(id)) > before, PATIENCE_MS);
      if (!resumedAfterS.has(of)) resumedAfterS.set(of, (performance.now() - atMs) / 1000);
    }
    const isOver = async () => (await rig.run(id)).status === 'finished';
    await eventually(`somebody dies at ${point}`, async () => isGone || (await isOver()), PATIENCE_MS);
    if (!isGone) throw new Error(`the run ended without passing ${point}`);
    expect(await gone).toBe('SIGKILL');
    running.delete(worker);
    last = { point, atMs: performance.now() };
  }
}

/** What HAProxy was told of the canary, since `from` was told. */
const toldSince = (from: number) => rig.weights?.told(service().name, 'canary').slice(from) ?? [];

async function endsOnce(id: RunId, end: { outcome: string; once: readonly string[] }): Promise<void> {
  await startWorker('last');
  expect(await rig.endOf(id)).toMatchObject({ outcome: end.outcome });
  const events = (await rig.entries(id)).map(({ entry }) => entry.event);
  for (const once of ['canary_deploy.completed', 'canary_started', 'canary_verdict', 'run_finished', ...end.once])
    expect(`${once} ${events.filter((event) => event === once).length}`).toBe(`${once} 1`);
  expect(events.filter((event) => event.endsWith('.intended')).length).toBe(
    events.filter((event) => event.endsWith('.completed')).length,
  );
  expect((await rig.balancer.figures(service().name, 'canary')).weight).toBe(0);
  expect((await service().vm.deployer.describe(AbortSignal.timeout(30_000))).canary).toBeNull();
}

it('a worker killed at every point of a canary that is promoted: each replica goes on where the one before it died, and HAProxy is told each share once', async () => {
  const from = toldSince(0).length;
  const id = await service().enqueue({ name: 'promoted' });
  await killAt(id, [
    ...pointsOf('canary_deploy'),
    'canary:after-start',
    ...pointsOf('canary_weight'),
    'canary:after-tick-row',
    'canary:after-tick-entry',
    'canary:after-verdict',
    ...pointsOf('promotion'),
    'canary:after-release',
  ]);
  await endsOnce(id, { outcome: 'deployed', once: ['promotion.completed', 'production_release'] });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`]);
  const [share, all, zero, ...more] = toldSince(from);
  expect({ share: share !== undefined && share > 0, all: all !== undefined && all > 0, zero, more }).toEqual({
    share: true,
    all: true,
    zero: 0,
    more: [],
  });
});

it('a worker killed at every point of a canary that fails: it is taken to zero and stopped, once', async () => {
  const from = toldSince(0).length;
  const id = await service().enqueue({ name: 'taken back' });
  const breaks = rig.recorded(id, 'canary_tick').then(() => tellService(service().vm.ports.canary, 'errors?share=1'));
  await killAt(id, [
    'canary:after-verdict',
    ...pointsOf('canary_weight'),
    ...pointsOf('canary_stop'),
    'canary:after-rollback',
  ]);
  await breaks;
  await endsOnce(id, {
    outcome: 'rolled_back',
    once: ['autonomous_rollback', 'canary_stop.completed', 'incident_report'],
  });
  expect((await rig.recorded(id, 'canary_verdict')).entry).toMatchObject({
    outcome: 'FAIL',
    payload: { cause: 'regression' },
  });
  expect(await rig.shares(id)).toEqual([`weight ${SHARE}`, 'weight 0']);
  const [share, zero, ...more] = toldSince(from);
  expect({ share: share !== undefined && share > 0, zero, more }).toEqual({ share: true, zero: 0, more: [] });
});
