import type { ModelClient } from './agents/agent-call.ts';
import { makeModelClient } from './agents/make-model-client.ts';
import { SHIPPED_PRICES } from './agents/price-table.ts';
import type { ChangeRepository } from './change/change.ts';
import type { Config } from './config/config.ts';
import type { Logger } from './log.ts';
import { type Delivery, openDelivery } from './open-delivery.ts';
import { openGit } from './open-git.ts';
import { openWorkerSandbox, type WorkerSandbox } from './open-sandbox.ts';
import type { Db } from './store/open-database.ts';

/** What a worker reaches outside of the stores. Everything else of a worker stands over these. */
export interface WorkerAdapters {
  readonly repository: ChangeRepository;
  readonly delivery: Delivery;
  /** Null where no model is configured: every call is then inconclusive and every run goes to a person. */
  readonly model: ModelClient | null;
  /** Asked only where the worker serves test-gen. */
  readonly openSandbox: () => Promise<WorkerSandbox>;
}

export type OpenAdapters = (config: Config, db: Db, log: Logger) => WorkerAdapters;

/** The real ones, as the configuration names them. */
export function openAdapters(config: Config, db: Db, log: Logger): WorkerAdapters {
  return {
    repository: openGit(config, log),
    delivery: openDelivery(config, db, log),
    model: openModel(config, log),
    openSandbox: () => openWorkerSandbox(config, log),
  };
}

function openModel(config: Config, log: Logger): ModelClient | null {
  if (config.env.anthropicApiKey === undefined) {
    log.warn('ANTHROPIC_API_KEY is not set: review by rules only, every run goes to a person');
    return null;
  }
  return makeModelClient({
    apiKey: config.env.anthropicApiKey,
    baseUrl: config.env.anthropicBaseUrl,
    requestTimeoutMs: config.orchestration.agent_request_timeout_s * 1000,
    prices: config.prices ?? SHIPPED_PRICES,
    log,
  });
}
