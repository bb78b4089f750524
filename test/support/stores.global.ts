import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedStores } from '../../src/embedded/start-embedded-stores.ts';
import { type Logger, makeLogger } from '../../src/log.ts';
import { migrate } from '../../src/store/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The private Redis of this run. Keep tests apart with `redisForTest`. */
    redisUrl: string;
    /** Superuser of the private PostgreSQL of this run, database `postgres`. For a database of your own: `withDatabase`. */
    adminUrl: string;
    /** Password of the role `slipway_app`, which belongs to the whole server. */
    appPassword: string;
    /** A migrated database that new ones are copied from; nobody may connect to it. */
    templateDatabase: string;
  }
}

const TEMPLATE = 'slipway_template';

/** One Redis and one PostgreSQL for the whole integration run, in a temporary directory that goes with it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slipway-stores-'));
  const log = makeLogger({ level: 'warn', name: 'stores' });
  const stores = await startEmbeddedStores({ dataDir, log });
  const tearDown = async () => {
    await stores.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const appPassword = randomBytes(18).toString('base64url');
    await makeTemplate(stores.adminUrl, appPassword, log);
    project.provide('redisUrl', stores.redisUrl);
    project.provide('adminUrl', stores.adminUrl);
    project.provide('appPassword', appPassword);
    project.provide('templateDatabase', TEMPLATE);
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}

async function makeTemplate(adminUrl: string, appPassword: string, log: Logger): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`create database ${TEMPLATE}`);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${TEMPLATE}`;
  await migrate({ adminUrl: url.href, appPassword, log });
}
