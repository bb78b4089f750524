import type { Logger } from '../log.ts';
import { lockDataDir } from './lock-data-dir.ts';
import { startEmbeddedPostgres } from './start-embedded-postgres.ts';
import { startEmbeddedRedis } from './start-embedded-redis.ts';

export interface EmbeddedStores {
  readonly redisUrl: string;
  /** The superuser of PostgreSQL, database `postgres`. */
  readonly adminUrl: string;
  /** Resolves with the reason when one of the two is gone for good. */
  readonly lost: Promise<string>;
  /** Ends both in order and gives the directory back. */
  readonly close: () => Promise<void>;
}

/** Locks `dataDir` and starts both stores in it. What was started is ended again when the rest fails. */
export async function startEmbeddedStores(options: { dataDir: string; log: Logger }): Promise<EmbeddedStores> {
  const lock = await lockDataDir(options.dataDir);
  const [redis, postgres] = await Promise.allSettled([startEmbeddedRedis(options), startEmbeddedPostgres(options)]);
  if (redis.status === 'fulfilled' && postgres.status === 'fulfilled') {
    const close = async () => {
      await Promise.allSettled([redis.value.close(), postgres.value.close()]);
      await lock.release();
    };
    const lost = Promise.race([redis.value.lost, postgres.value.lost]);
    return { redisUrl: redis.value.url, adminUrl: postgres.value.adminUrl, lost, close };
  }
  const failures = [redis, postgres].flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  await Promise.all([redis, postgres].map(async (result) => result.status === 'fulfilled' && result.value.close()));
  await lock.release();
  throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.map(String).join('\n'));
}
