import type { Kysely } from 'kysely';
import { type Config, type ResolvedService, resolveService } from './config/config.ts';
import type { ProgramSettings } from './config/schema.ts';
import { makeProgramCaller } from './delivery/command/call-program.ts';
import { makeCommandArms } from './delivery/command/make-command-arms.ts';
import { makeCommandTarget } from './delivery/command/make-command-target.ts';
import type { Program } from './delivery/command/run-program.ts';
import { type DeliveryPair, makeDryRunDelivery } from './delivery/dry-run.ts';
import type { EffectLedger } from './delivery/effect-ledger.ts';
import { guardTarget } from './delivery/guard-target.ts';
import { makeLocalMetricSource, makeLocalTarget } from './delivery/local/make-local-target.ts';
import { makeEffectLedger } from './delivery/make-effect-ledger.ts';
import { makeMetricSource } from './delivery/make-metric-source.ts';
import type { Baseline } from './delivery/metric-source.ts';
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
      return states.flatMap(({ production, canary, staging }) =>
        [production, canary, staging].flatMap((deployment) => deployment?.version ?? []),
      );
    },
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
  const program = ({ command, timeout_s, environment }: ProgramSettings): Program => ({
    command,
    timeoutMs: timeout_s * 1000,
    environment: Object.fromEntries(
      Object.entries(config.env.programVariables).filter(([variable]) => environment.includes(variable)),
    ),
  });
  switch (delivery.kind) {
    case 'local':
      return openLocal(config, log);
    case 'command': {
      const call = makeProgramCaller(program(delivery), name, 'TARGET_UNREACHABLE');
      const target = guardTarget(makeCommandTarget(call, delivery.public_url), name, ledger);
      const arms = makeCommandArms(makeProgramCaller(program(delivery.metrics), name, 'METRICS_UNAVAILABLE'));
      return { target, metrics: makeMetricSource(arms, target) };
    }
    default:
      return assertNever(delivery);
  }
}

function openLocal(config: Config, log: Logger): DeliveryPair {
  const { localTargetUrl: url, localTargetToken: token } = config.env;
  if (url === undefined || token === undefined)
    throw new PermanentFailure(
      'NO_TARGET',
      'SLIPWAY_LOCAL_TARGET_URL and SLIPWAY_LOCAL_TARGET_TOKEN are not set on this worker',
    );
  return { target: makeLocalTarget({ url, token, log }), metrics: makeLocalMetricSource({ url, token }) };
}
