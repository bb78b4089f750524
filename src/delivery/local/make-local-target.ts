import { TransientFailure } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { BaselineWindow } from '../baseline-window.ts';
import { Baseline, type MetricSource, TrafficSnapshot } from '../metric-source.ts';
import type { Artifact, DeliveryTarget, Deployment } from '../target.ts';
import { DeploymentAnswer, DoneAnswer, HealthAnswer, StateAnswer } from './api-schema.ts';
import { type ClientRequest, type LocalClientOptions, makeLocalClient, servicePath } from './local-client.ts';

const unreachable = 'TARGET_UNREACHABLE';

/**
 * Delivers to the local target process.
 * Failures: TARGET_UNREACHABLE and CANARY_DOWN are transient; STALE_FENCE and every other refusal are permanent.
 */
export function makeLocalTarget({ log, ...options }: LocalClientOptions & { log: Logger }): DeliveryTarget {
  const call = makeLocalClient(options);
  const describe: DeliveryTarget['describe'] = (service, signal) =>
    call({ path: servicePath(service), Answer: StateAnswer, signal, unreachable });
  return {
    describe,
    deploy(receipt, { service, environment, artifact, effect }, signal) {
      const body = {
        environment,
        version: artifact.digest,
        directory: artifact.directory,
        effect,
        receipt_seq: receipt.seq,
      };
      return call({ path: servicePath(service, 'deploy'), body, Answer: DeploymentAnswer, signal, unreachable });
    },
    health(service, environment, signal) {
      return call({
        path: `${servicePath(service, 'health')}?environment=${environment}`,
        Answer: HealthAnswer,
        signal,
        unreachable,
      });
    },
    async setWeight(receipt, { service, canaryPct, effect }, signal) {
      const body = { canary_pct: canaryPct, effect, receipt_seq: receipt.seq };
      await call({ path: servicePath(service, 'weight'), body, Answer: DoneAnswer, signal, unreachable });
      log.debug({ service, canaryPct }, 'weight asked for');
    },
    async promote(receipt, { service, version, effect }, signal) {
      const body = { version, effect, receipt_seq: receipt.seq };
      await call({ path: servicePath(service, 'promote'), body, Answer: DoneAnswer, signal, unreachable });
    },
    async retire(receipt, { service, environment, effect }, signal) {
      const body = { environment, effect, receipt_seq: receipt.seq };
      await call({ path: servicePath(service, 'retire'), body, Answer: DoneAnswer, signal, unreachable });
    },
    getWeight: async (service, signal) => (await describe(service, signal)).canaryPct,
  };
}

/**
 * Makes `artifact` the first production version of a service. The same artifact again changes nothing.
 * @throws {PermanentFailure} ALREADY_DEPLOYED when production runs another one: that changes through a canary only.
 */
export function adoptProduction(
  options: LocalClientOptions,
  request: { service: string; artifact: Artifact },
  signal: AbortSignal,
): Promise<Deployment> {
  const { service, artifact } = request;
  const body = { version: artifact.digest, directory: artifact.directory };
  return makeLocalClient(options)({
    path: servicePath(service, 'adopt'),
    body,
    Answer: DeploymentAnswer,
    signal,
    unreachable,
  });
}

/** Reads the counters of the local target's own proxy. Every failure is transient: a refusal to show numbers says nothing about them. */
export function makeLocalMetricSource(
  options: LocalClientOptions & { readonly window?: Pick<BaselineWindow, 'window_days' | 'hours'> },
): MetricSource {
  const { window_days, hours } = options.window ?? { window_days: 30, hours: 'all' };
  const client = makeLocalClient({ timeoutMs: 5_000, ...options });
  const call: typeof client = async (request) => {
    try {
      return await client(request);
    } catch (error) {
      throw isAborted(request, error)
        ? error
        : new TransientFailure('METRICS_UNAVAILABLE', error instanceof Error ? error.message : 'no metrics', {
            cause: error,
          });
    }
  };
  return {
    snapshot: (service, signal) =>
      call({
        path: servicePath(service, 'metrics'),
        Answer: TrafficSnapshot,
        signal,
        unreachable: 'METRICS_UNAVAILABLE',
      }),
    baseline: (service, signal) =>
      call({
        path: `${servicePath(service, 'baseline')}?window_days=${window_days}&hours=${hours}`,
        Answer: Baseline.nullable(),
        signal,
        unreachable: 'METRICS_UNAVAILABLE',
      }),
  };
}

function isAborted({ signal }: Pick<ClientRequest<never>, 'signal'>, error: unknown): boolean {
  return signal.aborted || (error instanceof TransientFailure && error.code === 'METRICS_UNAVAILABLE');
}
