import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { appDatabaseUrl } from '../../src/store/app-database-url.ts';

export interface TestDatabase {
  readonly name: string;
  /** The superuser, on this database. */
  readonly adminUrl: string;
  /** The application role `slipway_app`, on this database. */
  readonly appUrl: string;
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>;
}

/**
 * A database of its own, for `beforeAll` and `afterAll` of a file. It comes migrated; with `empty` it holds nothing,
 * not even the schema.
 */
export async function makeDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const template = options.empty ? 'template0' : inject('templateDatabase');
  await runAsAdmin(`create database ${name} template ${template}`);
  const url = new URL(inject('adminUrl'));
  url.pathname = `/${name}`;
  return {
    name,
    adminUrl: url.href,
    appUrl: appDatabaseUrl(url.href, 'slipway_app', inject('appPassword')),
    drop: () => runAsAdmin(`drop database if exists ${name} with (force)`),
  };
}

/** Runs `use` with a database of its own and removes it afterwards. */
export async function withDatabase<T>(
  use: (database: TestDatabase) => Promise<T>,
  options: { empty?: boolean } = {},
): Promise<T> {
  const database = await makeDatabase(options);
  try {
    return await use(database);
  } finally {
    await database.drop();
  }
}

/** The Redis of the run and a prefix that no other test has. Nothing needs removing: the Redis goes with the run. */
export function redisForTest(): { url: string; prefix: string } {
  return { url: inject('redisUrl'), prefix: `{test-${randomBytes(6).toString('hex')}}` };
}

async function runAsAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('adminUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
