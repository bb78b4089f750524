/**
 * Real canaries of versions that are equal, and of ones that fail, on a real HAProxy and Prometheus with worker and guard as
 * processes: how many are rolled back, how many are promoted, how soon a fault is found. `npm run aa:canary -- --canaries 100`.
 */
import { parseArgs } from 'node:util';
import type { RunId } from '../src/ids.ts';
import { type CanaryRig, type RigService, startCanaryRig } from '../test/support/canary-rig.ts';
import { eventually } from '../test/support/eventually.ts';
import '../test/support/system-path.ts';
import { tellService } from '../test/support/measured-service.ts';
import { readProbes } from './support/machine.ts';
import { median } from './support/statistics.ts';

const { values } = parseArgs({
  options: {
    canaries: { type: 'string', default: '100' },
    /** Share of the canary's requests that fail from the end of its warm-up on, percent; 0 = both versions are equal. */
    errors: { type: 'string', default: '0' },
    /** Requests a second through the balancer, for each service. */
    rps: { type: 'string', default: '60' },
    pct: { type: 'string', default: '50' },
    'window-s': { type: 'string', default: '24' },
    'warm-up-s': { type: 'string', default: '2' },
    'tick-s': { type: 'string', default: '2' },
    /** Services that take canaries at the same time. */
    parallel: { type: 'string', default: '4' },
  },
});

function positive(name: Exclude<keyof typeof values, undefined>, least = Number.MIN_VALUE): number {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= least) return value;
  throw new Error(`--${name} must be a number of at least ${least}, not ${values[name]}`);
}
const canaries = positive('canaries', 1);
const errorShare = positive('errors', 0) / 100;
const warmUpS = positive('warm-up-s', 0);
const PATIENCE_MS = 3_600_000;

interface Ended {
  readonly outcome: string;
  readonly reason: string;
  readonly requests: number;
  /** From the first failed request that was asked for to zero read back at HAProxy, seconds; null without a fault. */
  readonly foundS: number | null;
}

async function takeCanary(rig: CanaryRig, service: RigService, n: number): Promise<Ended> {
  const id = await service.enqueue({ name: `canary ${n}` });
  const zeroAt = errorShare === 0 ? null : await breakIt(rig, service, id);
  const run = await rig.endOf(id);
  const verdict = (await entriesOf(rig, id)).find(({ entry }) => entry.event === 'canary_verdict');
  const numbers = verdict?.entry.payload['numbers'] as { canary_requests?: number } | undefined;
  return {
    outcome: run.outcome ?? 'none',
    reason: `${run.outcome_reason ?? ''}`,
    requests: numbers?.canary_requests ?? 0,
    foundS: zeroAt,
  };
}

/** On a busy machine the store may not answer at once: that is no reason to lose what hours of canaries have shown. */
function entriesOf(rig: CanaryRig, id: RunId): ReturnType<CanaryRig['entries']> {
  return eventually(`the record of ${id}`, () => rig.entries(id).catch(() => null), PATIENCE_MS);
}

/** Makes the canary fail once its warm-up is over, and looks at HAProxy until it has the canary at zero. */
async function breakIt(rig: CanaryRig, service: RigService, id: RunId): Promise<number | null> {
  await rig.recorded(id, 'canary_tick', ({ entry }) => entry.n * positive('tick-s') > warmUpS);
  // A canary of no fault of its own may have ended by then.
  if ((await entriesOf(rig, id)).some(({ entry }) => entry.event === 'canary_verdict')) return null;
  await tellService(service.vm.ports.canary, `errors?share=${errorShare}`);
  const { firstErrorAt } = await eventually(
    'a request failed',
    async () => {
      const { first } = (await tellService(service.vm.ports.canary, 'first-error')) as { first: number | null };
      return first === null ? null : { firstErrorAt: first };
    },
    PATIENCE_MS,
  );
  await eventually(
    'HAProxy has it at zero',
    async () => (await rig.balancer.figures(service.name, 'canary')).weight === 0,
    PATIENCE_MS,
  );
  return (Date.now() - firstErrorAt) / 1000;
}

const rig = await startCanaryRig({
  services: positive('parallel', 1),
  requestsPerSecond: positive('rps'),
  thresholds: {
    canary_traffic_initial_pct: positive('pct'),
    canary_monitoring_duration_min: positive('window-s') / 60,
    canary_warm_up_s: warmUpS,
    canary_tick_s: positive('tick-s'),
    canary_max_windows: 12,
  },
});
const ended: Ended[] = [];
try {
  await rig.startWorker('one');
  await rig.startGuard('one');
  let next = 0;
  await Promise.all(
    rig.services.map(async (service) => {
      while (next < canaries) {
        next += 1;
        const one = await takeCanary(rig, service, next);
        ended.push(one);
        const found = one.foundS === null ? '' : `, at zero ${one.foundS.toFixed(1)} s after the first error`;
        process.stdout.write(
          `${ended.length} ${service.name}: ${one.outcome} ${one.reason}, ${one.requests} canary requests${found}\n`,
        );
      }
    }),
  );
} finally {
  await rig.close();
}

const { cores, foreignCpu } = await readProbes();
const count = (outcome: string) => ended.filter((one) => one.outcome === outcome).length;
const found = ended.flatMap(({ foundS }) => foundS ?? []).toSorted((a, b) => a - b);
const promoted = ended.filter(({ outcome }) => outcome === 'deployed');
const lines = [
  `${ended.length} canaries at ${values.pct} % of ${values.rps} requests/s, windows of ${values['window-s']} s after ${warmUpS} s, ticks of ${values['tick-s']} s, ${values.parallel} at the same time, ${values.errors} % errors`,
  `deployed ${count('deployed')}, rolled back ${count('rolled_back')}, else ${ended.length - count('deployed') - count('rolled_back')}`,
  `fewest canary requests under a promotion: ${promoted.length === 0 ? '–' : Math.min(...promoted.map(({ requests }) => requests))}`,
  found.length === 0
    ? 'no fault was asked for'
    : `zero read back after the first error: median ${median(found).toFixed(1)} s, ${found[0]?.toFixed(1)} to ${found.at(-1)?.toFixed(1)} s (${found.length})`,
  `${cores} cores, others took ${Math.round(foreignCpu * 100)} % of them at the end`,
];
process.stdout.write(`\n${lines.join('\n')}\n`);
