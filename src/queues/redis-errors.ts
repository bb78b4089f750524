import { StoreDown } from '../errors.ts';

const DOWN_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** ioredis gives these no code, so the text is all there is (ioredis 6). */
const DOWN_MESSAGES = ['Connection is closed', "Stream isn't writeable", 'Command timed out'];

/** Is this error Redis out of reach, rather than a command it refused? */
export function isRedisDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'MaxRetriesPerRequestError') return true;
  if ('code' in error && typeof error.code === 'string' && DOWN_CODES.has(error.code)) return true;
  return DOWN_MESSAGES.some((text) => error.message.startsWith(text));
}

/** Runs `work` and throws {StoreDown} in place of every error that means Redis is out of reach. */
export async function mapRedisErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRedisDown(error)) throw new StoreDown('redis', { cause: error });
    throw error;
  }
}
