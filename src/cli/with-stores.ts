import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { readRunningStores } from '../embedded/running-stores.ts';
import { InputError } from '../errors.ts';
import { makeLogger } from '../log.ts';
import { type Core, openCore } from '../open-core.ts';
import { type Db, openDatabase } from '../store/open-database.ts';

export interface ConfigOption {
  readonly config?: string;
}

/** The option as `readConfig` takes it. */
export function fileOf(options: ConfigOption): { file?: string } {
  return options.config === undefined ? {} : { file: options.config };
}

/** Fills in the stores of a `slipway up` that runs on the same data directory, where the environment names none. */
export async function withStores(config: Config): Promise<Config> {
  if (config.env.redisUrl !== undefined && config.env.databaseUrl !== undefined) return config;
  const running = await readRunningStores(config.env.dataDir);
  return running === null ? config : { ...config, env: { ...config.env, ...running } };
}

/**
 * Opens record and queues for one command and closes them again. A copy of the record that goes to a file gets the
 * command's entries too; standard error is a person's terminal here, not a log that anybody ships.
 */
export async function withCore<T>(options: ConfigOption, use: (core: Core, config: Config) => Promise<T>): Promise<T> {
  const found = await withStores(readConfig(fileOf(options)));
  const { auditLogDestination } = found.env;
  const config = {
    ...found,
    env: { ...found.env, auditLogDestination: auditLogDestination === 'stderr' ? '/dev/null' : auditLogDestination },
  };
  const core = await openCore(config, makeLogger({ name: 'cli', level: 'warn' }));
  try {
    return await use(core, config);
  } finally {
    await core.close();
  }
}

/** Opens only the database: an auditor needs no Redis. */
export async function withDatabase<T>(options: ConfigOption, use: (db: Db, config: Config) => Promise<T>): Promise<T> {
  const config = await withStores(readConfig(fileOf(options)));
  const { env } = config;
  if (env.databaseUrl === undefined) {
    throw new InputError([
      { field: 'DATABASE_URL', problem: 'is not set', fix: 'set it, or start `slipway up` in this directory' },
    ]);
  }
  const database = openDatabase(env.databaseUrl, { poolSize: 2, log: makeLogger({ name: 'cli', level: 'warn' }) });
  try {
    return await use(database.db, config);
  } finally {
    await database.close();
  }
}
