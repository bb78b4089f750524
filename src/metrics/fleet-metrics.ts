import type { Kysely } from 'kysely';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Budgets } from '../config/schema.ts';
import type { MetricsText } from '../http/server-deps.ts';
import type { Logger } from '../log.ts';
import { askRedis } from '../queues/ask-redis.ts';
import type { Queues } from '../queues/connections.ts';
import type { Database } from '../store/tables.ts';
import { makeBudgetGauge } from './budget-gauge.ts';
import { makeCheckpointGauges } from './checkpoint-gauges.ts';
import { makeControlGauges } from './control-gauges.ts';
import { makeForgeGauges } from './forge-gauges.ts';
import { makeGuardGauges } from './guard-gauges.ts';
import { makeNotificationGauge } from './notification-gauge.ts';
import { makeQueueGauges } from './queue-gauges.ts';
import { makeRunGauges } from './run-gauges.ts';
import { type ComparedBranches, makeServiceGauges } from './service-gauges.ts';
import { renderSums } from './sums.ts';

export interface FleetMetricsDeps {
  readonly db: Kysely<Database>;
  readonly queues: Queues;
  readonly budgets: Budgets;
  /** Repositories whose forge is polled; none where that is off. */
  readonly watchedRepos?: readonly string[];
  /** Whether heads of the record are to be signed. */
  readonly checkpoints?: boolean;
  readonly branches?: ComparedBranches;
  readonly log: Logger;
}

/**
 * The figures of the fleet, once, from the server: queues from Redis, all else from PostgreSQL. A store that is away takes
 * its own figures along and nothing else: `slipway_store_up` says which.
 */
export function makeFleetMetrics({
  db,
  queues,
  budgets,
  watchedRepos = [],
  checkpoints = false,
  branches = { services: [], everyHours: 24 },
  log,
}: FleetMetricsDeps): MetricsText & { readonly registry: Registry } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'slipway_' });
  const up = new Gauge({
    name: 'slipway_store_up',
    help: '1 while the server reaches the store, 0 while it does not. While PostgreSQL is away nothing is recorded and nothing acts.',
    labelNames: ['store'],
    registers: [registry],
  });
  const inRedis = [makeQueueGauges(registry, queues)];
  const inPostgres = [
    makeControlGauges(registry, db),
    makeBudgetGauge(registry, db, budgets),
    makeRunGauges(registry, db),
    makeGuardGauges(registry, db),
    makeForgeGauges(registry, db, watchedRepos),
    makeNotificationGauge(registry, db),
    makeServiceGauges(registry, db, branches),
    makeCheckpointGauges(registry, db, checkpoints),
  ];

  async function readStore(store: 'redis' | 'postgres', read: () => Promise<string>, parts: typeof inRedis) {
    try {
      const text = await read();
      up.set({ store }, 1);
      return text;
    } catch (error) {
      log.warn({ err: error, store }, 'the figures of a store could not be read');
      up.set({ store }, 0);
      for (const part of parts) part.reset();
      return '';
    }
  }

  return {
    registry,
    contentType: registry.contentType,
    async text() {
      const [, sums] = await Promise.all([
        readStore('redis', () => askRedis(queues, () => readAll(inRedis)), inRedis),
        readStore('postgres', async () => `${await readAll(inPostgres)}${await renderSums(db)}\n`, inPostgres),
      ]);
      return `${await registry.metrics()}\n${sums}`;
    },
  };
}

async function readAll(parts: readonly { read(): Promise<void> }[]): Promise<string> {
  await Promise.all(parts.map((part) => part.read()));
  return '';
}
