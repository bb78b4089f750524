import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Logger } from '../log.ts';
import { makeGuardedPool } from './guarded-pool.ts';
import type { Database } from './tables.ts';

export type Db = Kysely<Database>;

export interface OpenDatabase {
  readonly db: Db;
  /** Waits for statements in flight, then ends every connection. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/**
 * Limits that turn a hung store into an error, in milliseconds. The server's own come first; `query` is the client's,
 * because a stopped backend answers nothing at all and only our clock fires.
 */
export interface StoreLimits {
  readonly lock: number;
  readonly statement: number;
  readonly query: number;
  readonly connect: number;
  readonly idleInTransaction: number;
}
const LIMITS_MS: StoreLimits = {
  lock: 2_000,
  statement: 5_000,
  query: 6_000,
  connect: 3_000,
  idleInTransaction: 2_000,
};

/**
 * Plans that do not depend on how much is in line. A statement is planned once for each connection, and kept: made while a
 * table is small, the cheapest plan reads all of it, and goes on doing so when ten thousand runs have been added since. Our
 * statements look rows up by key, in a form that has an index for it; with sequential scans as the last resort that is what
 * is planned at every size. (A status beside the key is asked for by `is distinct from`: written as `<>` it may bring the
 * planner to go through the index of all runs with that status, while these are few.) Where nothing else is possible the planner still reads the table, and takes that for so costly
 * that it would compile the statement first, each time: hence no JIT.
 */
const PLANNING = '-c enable_seqscan=off -c jit=off';

export interface OpenOptions {
  readonly poolSize: number;
  readonly log: Logger;
  readonly limitsMs?: Partial<StoreLimits>;
}

/**
 * A pool over `url` as a kysely instance. bigint columns arrive as strings, jsonb parsed, timestamps as Date.
 * Every statement throws {StoreDown} when PostgreSQL is out of reach; a statement it refuses throws pg's DatabaseError.
 * Nothing connects before the first statement.
 */
export function openDatabase(url: string, options: OpenOptions): OpenDatabase {
  const limits = { ...LIMITS_MS, ...options.limitsMs };
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize,
    application_name: 'slipway',
    options: PLANNING,
    keepAlive: true,
    connectionTimeoutMillis: limits.connect,
    query_timeout: limits.query,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
  });
  // An idle connection that breaks is replaced by the pool; without a listener the event would end the process.
  pool.on('error', (error) => options.log.warn({ err: error }, 'an idle database connection was lost'));

  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: makeGuardedPool(pool) }) });
  let closing: Promise<void> | undefined;
  return {
    db,
    close: () => {
      // Not db.destroy(): it leaves the pool open when no statement was ever run.
      closing ??= pool.end();
      return closing;
    },
  };
}
