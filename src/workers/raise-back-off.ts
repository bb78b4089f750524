import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** Where BullMQ keeps a back-off: a key whose life is the back-off and whose value no limiter reaches. */
const RAISE = `
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1]) end
  return redis.call('PTTL', KEYS[1])`;

/** Never shortens a back-off that is already longer. One script, because two replicas are told at the same moment. */
export async function raiseBackOff(queue: Queue, redis: Redis, ms: number): Promise<void> {
  await redis.eval(RAISE, 1, queue.toKey('limiter'), Math.max(1, Math.ceil(ms)), Number.MAX_SAFE_INTEGER);
}
