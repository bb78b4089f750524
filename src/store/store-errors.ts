import { StoreDown } from '../errors.ts';

/**
 * SQLSTATE classes and codes after which nothing is known except that the database did not do its work now:
 * connection loss, resources, shutdown and failover, the server's own time limits.
 */
const DOWN_CLASSES = ['08', '53', '57', '58'];
const DOWN_STATES = new Set([
  '55P03', // lock_timeout
  '25P03', // idle_in_transaction_session_timeout ended the session
  '25006', // read only: a standby after a failover
]);
const DOWN_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // the unix socket is gone
]);

/** pg gives its own client-side failures no code, so for these alone the text is all there is (pg 8.23, pg-pool 3). */
const DOWN_MESSAGES = [
  'Query read timeout',
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
];

/** Is this error PostgreSQL out of reach (or too slow to say), rather than a statement it refused? */
export function isStoreDown(error: unknown): boolean {
  if (error instanceof StoreDown) return error.store === 'postgres';
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isStoreDown)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined) return DOWN_MESSAGES.some((text) => error.message.startsWith(text));
  if (DOWN_SYSTEM_CODES.has(code) || DOWN_STATES.has(code)) return true;
  return code.length === 5 && DOWN_CLASSES.includes(code.slice(0, 2));
}

/** Is the connection itself of no more use? A statement or lock timeout leaves it healthy; all else does not. */
export function isConnectionLost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return isStoreDown(error) && code !== '57014' && code !== '55P03' && code !== '25006';
}

/** The one translation: an error of the database driver as the callers know it. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreDown || !isStoreDown(error)) return error;
  return new StoreDown('postgres', { cause: error });
}

/** Runs `work` and throws {StoreDown} in place of every error that means PostgreSQL is out of reach. */
export async function mapStoreErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}
