import type { Redis } from 'ioredis';
import type { Logger } from '../log.ts';
import { QUEUE_PREFIX } from '../queues/registry.ts';

/**
 * Runs `work` on start and every `everyMs`, on one replica of the fleet at a time: whoever takes the key does it this
 * time, and the key runs out before the next. It saves work and decides nothing; two at once must do no harm.
 */
export function lead(options: {
  readonly name: string;
  readonly everyMs: number;
  readonly redis: Redis;
  readonly work: () => Promise<void>;
  readonly log: Logger;
}): { readonly close: () => Promise<void> } {
  const { name, everyMs, redis, work, log } = options;
  let running: Promise<void> = Promise.resolve();
  const tick = () => {
    running = running
      .then(async () => {
        const mine = await redis.set(`${QUEUE_PREFIX}:${name}`, 'taken', 'PX', everyMs * 0.9, 'NX');
        if (mine === 'OK') await work();
      })
      .catch((error: unknown) =>
        log.warn({ err: error, task: name }, 'a task of the fleet failed, the next tries again'),
      );
  };
  tick();
  const timer = setInterval(tick, everyMs);
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
