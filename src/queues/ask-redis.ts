import { StoreDown } from '../errors.ts';
import type { Queues } from './connections.ts';
import { mapRedisErrors } from './redis-errors.ts';

/** A Redis that is cut off answers nothing at all, and one that was never reached makes BullMQ wait for ever. */
const PATIENCE_MS = 2_000;

/** Looks at Redis for somebody who waits for a page. @throws {StoreDown} when it is not reached, or says nothing for two seconds. */
export async function askRedis<T>(queues: Queues, look: () => Promise<T>): Promise<T> {
  if (queues.redis.status !== 'ready') throw new StoreDown('redis');
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreDown('redis')), PATIENCE_MS);
  });
  try {
    return await Promise.race([mapRedisErrors(look), silence]);
  } finally {
    clearTimeout(timer);
  }
}
