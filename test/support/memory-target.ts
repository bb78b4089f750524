import { createServer, type Server, type ServerResponse } from 'node:http';
import { leaseOfEnvironment } from '../../src/delivery/lease-of.ts';
import type { Baseline, MetricSource, TrafficSnapshot } from '../../src/delivery/metric-source.ts';
import type { DeliveryTarget, Deployment, EffectId } from '../../src/delivery/target.ts';
import { TransientFailure } from '../../src/errors.ts';
import { type Digest, digestOf } from '../../src/ids.ts';

interface Effect {
  readonly verb: 'deploy' | 'weight' | 'promote' | 'retire';
  readonly id: string;
  readonly subject: string;
}

/** How the canary behaves when it is looked at; each look adds these. */
interface CanaryTraffic {
  readonly requests: number;
  readonly errors: number;
}

export interface MemoryTarget extends DeliveryTarget, MetricSource {
  /** What was really done, in order: a repeated effect that was done before is not here twice. */
  readonly effects: readonly Effect[];
  /** Every verb that was called, done or not. */
  readonly calls: readonly Effect[];
  /** For a test to see and to move. */
  readonly world: {
    production: Digest | null;
    canary: Digest | null;
    staging: Digest | null;
    base: Digest | null;
    weight: number;
    peakWeight: number;
    canaryUp: boolean;
    baseUp: boolean;
    /** How long a staged version, and the base beside it, takes for an answer. */
    stagedMs: number;
    baseMs: number;
    /** Status of every answer of a staged version. */
    stagedStatus: number;
    traffic: CanaryTraffic;
  };
  /** Called before a verb is carried out; what it throws is the target's answer. */
  before: (effect: Effect) => void | Promise<void>;
  close(): Promise<void>;
}

async function serve(answer: (response: ServerResponse) => void): Promise<[Server, string]> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the staged version has no port');
  return [server, `http://127.0.0.1:${address.port}`];
}

/**
 * A delivery target in memory that keeps the port's promises (idempotent by effect id, fenced, weight read back) and
 * says what was done to it. What it stages answers over HTTP.
 */
export async function makeMemoryTarget(): Promise<MemoryTarget> {
  const effects: Effect[] = [];
  const calls: Effect[] = [];
  const fences = new Map<'staging' | 'canary', bigint>();
  const counts = { canary: 0, canaryErrors: 0, control: 0 };
  const world: MemoryTarget['world'] = {
    production: digestOf('production'),
    canary: null,
    staging: null,
    base: null,
    weight: 0,
    peakWeight: 0,
    canaryUp: true,
    baseUp: true,
    stagedMs: 0,
    baseMs: 0,
    stagedStatus: 200,
    traffic: { requests: 500, errors: 0 },
  };
  const [server, endpoint] = await serve((response) => {
    const answer = () =>
      response.writeHead(world.stagedStatus, { 'content-type': 'application/json' }).end('{"ok":true}');
    if (world.stagedMs > 0) setTimeout(answer, world.stagedMs);
    else answer();
  });
  const [baseServer, baseEndpoint] = await serve((response) => {
    if (world.baseMs > 0) setTimeout(() => response.end('{}'), world.baseMs);
    else response.end('{}');
  });
  const at = (version: Digest | null): Deployment | null => (version === null ? null : { version, endpoint });

  async function perform(
    environment: 'staging' | 'canary',
    effect: EffectId,
    what: Omit<Effect, 'id'>,
    act: () => void,
  ) {
    const wanted = { ...what, id: effect.id };
    calls.push(wanted);
    await target.before(wanted);
    if (effects.some((done) => done.id === effect.id)) return;
    const seen = fences.get(environment) ?? 0n;
    if (BigInt(effect.fence) < seen) throw new TransientFailure('STALE_FENCE', `${effect.fence} is older than ${seen}`);
    fences.set(environment, BigInt(effect.fence));
    act();
    effects.push(wanted);
  }

  const target: MemoryTarget = {
    effects,
    calls,
    world,
    before: () => undefined,
    async deploy(_receipt, { environment, artifact, effect }) {
      await perform(leaseOfEnvironment(environment), effect, { verb: 'deploy', subject: artifact.digest }, () => {
        if (environment === 'canary' && world.weight > 0)
          throw new TransientFailure('CANARY_HAS_WEIGHT', 'not under traffic');
        world[environment] = artifact.digest;
      });
      return { version: artifact.digest, endpoint: environment === 'base' ? baseEndpoint : endpoint };
    },
    health(_service, environment) {
      const up =
        world[environment] !== null &&
        (environment === 'canary' ? world.canaryUp : environment !== 'base' || world.baseUp);
      return Promise.resolve({ up, detail: up ? 'up' : 'connection refused' });
    },
    async setWeight(_receipt, { canaryPct, effect }) {
      await perform('canary', effect, { verb: 'weight', subject: String(canaryPct) }, () => {
        if (canaryPct > 0 && world.canary === null) throw new TransientFailure('NO_CANARY', 'no canary');
        world.weight = canaryPct;
        world.peakWeight = Math.max(world.peakWeight, canaryPct);
      });
    },
    async promote(_receipt, { version, effect }) {
      await perform('canary', effect, { verb: 'promote', subject: version }, () => {
        if (world.canary !== version) throw new TransientFailure('NOT_THE_CANARY', `the canary is ${world.canary}`);
        Object.assign(world, { production: version, canary: null, weight: 0 });
      });
    },
    async retire(_receipt, { environment, effect }) {
      await perform(leaseOfEnvironment(environment), effect, { verb: 'retire', subject: environment }, () => {
        if (environment === 'canary' && world.weight > 0)
          throw new TransientFailure('CANARY_HAS_WEIGHT', 'not under traffic');
        world[environment] = null;
      });
    },
    getWeight: () => Promise.resolve(world.weight),
    describe: () =>
      Promise.resolve({
        production: at(world.production),
        canary: at(world.canary),
        staging: at(world.staging),
        base: world.base === null ? null : { version: world.base, endpoint: baseEndpoint },
        canaryPct: world.weight,
        publicEndpoint: endpoint,
      }),
    snapshot(): Promise<TrafficSnapshot> {
      counts.canary += world.traffic.requests;
      counts.canaryErrors += world.traffic.errors;
      counts.control += Math.round((world.traffic.requests * (100 - (world.weight || 5))) / (world.weight || 5));
      const arm = (version: string, total: number, errors: number, up: boolean) => ({
        version,
        total,
        errors,
        slow: 0,
        histogram: [],
        up,
      });
      return Promise.resolve({
        at: new Date().toISOString(),
        control: arm(world.production ?? 'none', counts.control, 0, true),
        canary: world.canary === null ? null : arm(world.canary, counts.canary, counts.canaryErrors, world.canaryUp),
        canary_pct: world.weight,
      });
    },
    baseline: (service): Promise<Baseline> =>
      Promise.resolve({
        service,
        window_from: '2026-11-22T00:00:00.000Z',
        window_to: '2026-11-23T00:00:00.000Z',
        requests: 10_000,
        days: 30,
        hour_of_week: 0,
        error_rate: 0,
        p50_ms: 400,
        p95_ms: 900,
        p99_ms: 10_000,
      }),
    async close() {
      await Promise.all(
        [server, baseServer].map((each) => {
          const closed = new Promise((resolve) => each.close(resolve));
          each.closeAllConnections();
          return closed;
        }),
      );
    },
  };
  return target;
}
