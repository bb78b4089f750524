import type { Kysely } from 'kysely';
import { type Config, type ResolvedService, resolveService } from './config/config.ts';
import type { DeliverySettings, MetricSettings, ProgramSettings } from './config/delivery-schema.ts';
import type { ArmSource } from './delivery/arm-source.ts';
import { makeProgramCaller } from './delivery/command/call-program.ts';
import { makeCommandArms } from './delivery/command/make-command-arms.ts';
import { makeCommandDeployer } from './delivery/command/make-command-deployer.ts';
import { makeCommandTarget } from './delivery/command/make-command-target.ts';
import type { Program } from './delivery/command/run-program.ts';
import { type DeliveryPair, makeDryRunDelivery } from './delivery/dry-run.ts';
import type { EffectLedger } from './delivery/effect-ledger.ts';
import { forgetfulLedger } from './delivery/forgetful-ledger.ts';
import { guardTarget } from './delivery/guard-target.ts';
import { makeHaproxyCounters } from './delivery/haproxy/make-haproxy-counters.ts';
import { makeHaproxyRouter } from './delivery/haproxy/make-haproxy-router.ts';
import { makeRuntimeSocket } from './delivery/haproxy/runtime-socket.ts';
import { makeLocalMetricSource, makeLocalTarget } from './delivery/local/make-local-target.ts';
import { makeEffectLedger } from './delivery/make-effect-ledger.ts';
import { makeMetricSource } from './delivery/make-metric-source.ts';
import type { Baseline, MetricSource } from './delivery/metric-source.ts';
import { makeNginxRouter } from './delivery/nginx/make-nginx-router.ts';
import { makePrometheusSource } from './delivery/prometheus/make-prometheus-source.ts';
import { makePrometheusClient } from './delivery/prometheus/prometheus-client.ts';
import { makeRoutedTarget } from './delivery/routed/make-routed-target.ts';
import type { TrafficRouter } from './delivery/routed/traffic-router.ts';
import type { DeliveryTarget } from './delivery/target.ts';
import { assertNever, PermanentFailure } from './errors.ts';
import type { Logger } from './log.ts';
import type { Database, Run } from './store/tables.ts';

export interface Delivery {
  /** The real target, or for a dry run one that only describes. @throws {PermanentFailure} NO_TARGET, UNKNOWN_SERVICE */
  readonly of: (run: Run) => DeliveryPair;
  /** Digests of every version that the targets of all services run now. @throws when one of them cannot say. */
  readonly deployed: (signal: AbortSignal) => Promise<string[]>;
  /** Production's own figures for people to see; null when they cannot be had. */
  readonly baseline: (run: Run, signal: AbortSignal) => Promise<Baseline | null>;
  /** The metric source of a service. @throws {PermanentFailure} NO_TARGET, UNKNOWN_SERVICE */
  readonly metrics: (service: string) => MetricSource;
}

export function openDelivery(config: Config, db: Kysely<Database>, log: Logger): Delivery {
  const open = makeOpener(config, makeEffectLedger(db), log);
  const of: Delivery['of'] = (run) => {
    const real = open(run.service);
    // One for each step: what a dry run imagined must not be what the next one finds in production.
    return run.dry_run ? makeDryRunDelivery(real, log) : real;
  };
  return {
    of,
    async deployed(signal) {
      const states = await Promise.all(
        Object.keys(config.services).map((name) => open(name).target.describe(name, signal)),
      );
      return states.flatMap(({ production, canary, staging, base }) =>
        [production, canary, staging, base].flatMap((deployment) => deployment?.version ?? []),
      );
    },
    metrics: (service) => open(service).metrics,
    async baseline(run, signal) {
      try {
        return await open(run.service).metrics.baseline(run.service, signal);
      } catch (error) {
        log.warn({ err: error, service: run.service }, 'no baseline for the context package');
        return null;
      }
    },
  };
}

/** Targets that reach their services without any store, for who only takes canaries to zero. */
export function openZeroTargets(config: Config, log: Logger): (service: string) => DeliveryTarget {
  const open = makeOpener(config, forgetfulLedger, log);
  return (service) => open(service).target;
}

/** The target and the metric source of a service, as its `delivery` says. */
function makeOpener(config: Config, ledger: EffectLedger, log: Logger): (service: string) => DeliveryPair {
  const opened = new Map<string, DeliveryPair>();
  return (name) => {
    const known = opened.get(name);
    if (known) return known;
    const service = resolveService(config, name);
    if (service === undefined)
      throw new PermanentFailure('UNKNOWN_SERVICE', `${name} is not in this worker's slipway.yaml`);
    const pair = openPair(config, service, ledger, log);
    opened.set(name, pair);
    return pair;
  };
}

function openPair(config: Config, service: ResolvedService, ledger: EffectLedger, log: Logger): DeliveryPair {
  const { delivery, name } = service;
  switch (delivery.kind) {
    case 'local':
      return openLocal(config, service, log);
    case 'command': {
      const call = makeProgramCaller(programOf(config, delivery), name, 'TARGET_UNREACHABLE');
      const target = guardTarget(makeCommandTarget(call, delivery.public_url), name, ledger);
      return { target, metrics: makeMetricSource(openArms(config, service, delivery.metrics), target) };
    }
    case 'haproxy': {
      const { send, arms } = haproxyOf(delivery);
      const target = openRouted(config, service, delivery, makeHaproxyRouter(send, arms), ledger);
      return { target, metrics: makeMetricSource(openArms(config, service, delivery.metrics), target) };
    }
    case 'nginx': {
      const { split_file: splitFile, probe_url, reload } = delivery;
      const options = { service: name, splitFile, probeUrl: new URL(probe_url), reload: programOf(config, reload) };
      const target = openRouted(config, service, delivery, makeNginxRouter(options), ledger);
      return { target, metrics: makeMetricSource(openArms(config, service, delivery.metrics), target) };
    }
    default:
      return assertNever(delivery);
  }
}

type Balanced = Extract<DeliverySettings, { kind: 'haproxy' | 'nginx' }>;

/** A program runs the versions, the balancer shares traffic. */
function openRouted(
  config: Config,
  service: ResolvedService,
  delivery: Balanced,
  router: TrafficRouter,
  ledger: EffectLedger,
): DeliveryTarget {
  const call = makeProgramCaller(programOf(config, delivery.deploy), service.name, 'TARGET_UNREACHABLE');
  const routed = makeRoutedTarget({
    deployer: makeCommandDeployer(call),
    router,
    publicEndpoint: delivery.public_url,
    healthDeadlineMs: service.staging.health_deadline_s * 1000,
    drainMs: delivery.drain_s * 1000,
  });
  return guardTarget(routed, service.name, ledger);
}

function haproxyOf(delivery: Extract<DeliverySettings, { kind: 'haproxy' }>) {
  const { socket, backend, stable_servers: stableServers, canary_servers: canaryServers } = delivery;
  return { send: makeRuntimeSocket(socket), arms: { backend, stableServers, canaryServers } };
}

function openArms(config: Config, service: ResolvedService, metrics: MetricSettings): ArmSource {
  switch (metrics.kind) {
    case 'prometheus': {
      const { url, timeout_s } = metrics;
      const token = config.env.prometheusToken;
      const client = makePrometheusClient({ url, timeoutMs: timeout_s * 1000, token });
      const thresholdMs = service.limits.p99_latency_threshold_ms;
      return makePrometheusSource({
        client,
        settings: metrics,
        window: service.staging.baseline,
        thresholdMs,
        now: () => new Date(),
      });
    }
    case 'haproxy': {
      if (service.delivery.kind !== 'haproxy') throw new Error('haproxy metrics without a haproxy target');
      const { send, arms } = haproxyOf(service.delivery);
      return makeHaproxyCounters(send, {
        ...arms,
        latencyTable: metrics.latency_table,
        latencyEdgeMs: metrics.latency_edge_ms,
      });
    }
    case 'command':
      return makeCommandArms(
        makeProgramCaller(programOf(config, metrics), service.name, 'METRICS_UNAVAILABLE'),
        service.staging.baseline,
      );
    default:
      return assertNever(metrics);
  }
}

function programOf(config: Config, { command, timeout_s, environment }: ProgramSettings): Program {
  const given = Object.entries(config.env.programVariables).filter(([variable]) => environment.includes(variable));
  return { command, timeoutMs: timeout_s * 1000, environment: Object.fromEntries(given) };
}

function openLocal(config: Config, { staging }: ResolvedService, log: Logger): DeliveryPair {
  const { localTargetUrl: url, localTargetToken: token } = config.env;
  if (url === undefined || token === undefined)
    throw new PermanentFailure(
      'NO_TARGET',
      'SLIPWAY_LOCAL_TARGET_URL and SLIPWAY_LOCAL_TARGET_TOKEN are not set on this worker',
    );
  return {
    target: makeLocalTarget({ url, token, log }),
    metrics: makeLocalMetricSource({ url, token, window: staging.baseline }),
  };
}
