import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { closeAll } from '../../src/close-all.ts';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { startEmbeddedRedis } from '../../src/embedded/start-embedded-redis.ts';
import { type Logger, makeLogger } from '../../src/log.ts';
import { openQueues, type Queues, workerConnection } from '../../src/queues/connections.ts';
import type { QueueName } from '../../src/queues/registry.ts';
import type { Db } from '../../src/store/open-database.ts';
import { type StartedWorker, startWorker, type WorkerSettings } from '../../src/workers/start-worker.ts';
import { openLog, PATIENT } from './record.ts';
import { makeDatabase } from './stores.ts';

/** What a fleet stands on, for one test file: a Redis of its own (queue names are fixed) and a database of its own. */
export interface FleetGround {
  readonly directory: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly adminUrl: string;
  readonly db: Db;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly log: Logger;
  /** A configuration from the text of a file, as a process would read it. */
  config(file: object, env?: NodeJS.ProcessEnv): Promise<Config>;
  /** Queues that nobody else sees: one of the databases of this Redis. */
  lane(): Promise<{ redisUrl: string; queues: Queues; close(): Promise<void> }>;
  /** One replica of one queue; it and its connection are gone when the test calls `stop`. */
  replica<Q extends QueueName>(
    queue: Q,
    handle: WorkerSettings<Q>['handle'],
    options?: {
      concurrency?: number;
      redisUrl?: string;
      queues?: Queues;
      onSpendLimit?: (detail: string) => Promise<void>;
      chores?: WorkerSettings<Q>['chores'];
      others?: WorkerSettings<Q>['others'];
    },
  ): StartedWorker & { stop(): Promise<void> };
  close(): Promise<void>;
}

export async function makeFleetGround(): Promise<FleetGround> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-fleet-'));
  const log = makeLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent', name: 'fleet' });
  const closers: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })];
  try {
    const [redis, database] = await Promise.all([startEmbeddedRedis({ dataDir: directory, log }), makeDatabase()]);
    closers.push(
      () => database.drop(),
      () => redis.close(),
    );
    const { audit, db, close } = openLog(database.appUrl, { limitsMs: PATIENT });
    closers.push(close);
    const queues = openQueues(redis.url, log);
    closers.push(() => queues.close());
    let files = 0;
    const freeLanes = Array.from({ length: 15 }, (_, i) => i + 1);
    return {
      directory,
      redisUrl: redis.url,
      databaseUrl: database.appUrl,
      adminUrl: database.adminUrl,
      db,
      audit,
      queues,
      log,
      async config(file, env = {}) {
        const path = join(directory, `slipway-${files++}.yaml`);
        await writeFile(path, stringify(file, { aliasDuplicateObjects: false }));
        const around = { SLIPWAY_DATA_DIR: directory, REDIS_URL: redis.url, DATABASE_URL: database.appUrl };
        return readConfig({ file: path, env: { ...around, ...env } });
      },
      async lane() {
        const index = freeLanes.shift();
        if (index === undefined) throw new Error('all lanes are taken');
        const redisUrl = `${redis.url}/${index}`;
        const own = openQueues(redisUrl, log);
        return {
          redisUrl,
          queues: own,
          async close() {
            await own.redis.flushdb();
            await own.close();
            freeLanes.push(index);
          },
        };
      },
      replica(queue, handle, options = {}) {
        const connection = workerConnection(options.redisUrl ?? redis.url, log);
        const started = startWorker({
          replica: 'test-replica',
          queue,
          handle,
          concurrency: options.concurrency ?? 5,
          connection,
          queues: (options.queues ?? queues).byName,
          log,
          ...(options.chores === undefined ? {} : { chores: options.chores }),
          ...(options.others === undefined ? {} : { others: options.others }),
          ...(options.onSpendLimit === undefined ? {} : { onSpendLimit: options.onSpendLimit }),
        });
        const stop = async () => {
          await started.drain();
          connection.disconnect();
        };
        return { ...started, stop };
      },
      close: () => closeAll(closers, log),
    };
  } catch (error) {
    await closeAll(closers, log);
    throw error;
  }
}

/** Lets a job that waits for its time go on now, so that a test need not wait for it. */
export async function hurry(queues: Queues, queue: QueueName, jobId: string): Promise<void> {
  const job = await queues.byName[queue].getJob(jobId);
  // Whether it still waited is told by what happens next, not here.
  if (await job?.isDelayed()) await job?.promote().catch(() => undefined);
}
