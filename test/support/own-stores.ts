import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedStores } from '../../src/embedded/start-embedded-stores.ts';
import { makeLogger } from '../../src/log.ts';
import { appDatabaseUrl } from '../../src/store/app-database-url.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type Db, openDatabase } from '../../src/store/open-database.ts';

/** Stores of one test file's own, for projects without the shared ones. */
export async function startOwnStores(): Promise<{ db: Db; redisUrl: string; close(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slipway-own-stores-'));
  const log = makeLogger({ level: 'warn', name: 'stores' });
  const stores = await startEmbeddedStores({ dataDir, log });
  const appPassword = 'only-for-this-test';
  await migrate({ adminUrl: stores.adminUrl, appPassword, log });
  const { db, close } = openDatabase(appDatabaseUrl(stores.adminUrl, 'slipway_app', appPassword), { poolSize: 4, log });
  return {
    db,
    redisUrl: stores.redisUrl,
    async close() {
      await close();
      await stores.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
