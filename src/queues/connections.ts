import { FlowProducer, Queue } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../log.ts';
import { QUEUE_NAMES, QUEUE_PREFIX, type QueueName } from './registry.ts';

/**
 * A network that loses packets in silence breaks no connection. One that owes an answer for so long is given up, and what
 * it was asked is asked again on the next: longer than BullMQ ever lets a command wait inside Redis, which is 10 s.
 */
const SILENCE_MS = 15_000;

export interface Queues {
  readonly byName: Readonly<Record<QueueName, Queue>>;
  readonly flows: FlowProducer;
  /** For locks, broadcasts and looking; jobs go through the queues. */
  readonly redis: Redis;
  close(): Promise<void>;
}

/**
 * Connections of everything that adds jobs. While Redis is away a command fails after one retry, so that an HTTP
 * request is answered 503 instead of hanging; workers have connections of their own, which wait.
 */
export function openQueues(redisUrl: string, log: Logger, silenceMs = SILENCE_MS): Queues {
  const redis = connect(redisUrl, { maxRetriesPerRequest: 1, socketTimeout: silenceMs }, log);
  const connection = redis;
  const open = (name: QueueName) => new Queue(name, { connection, prefix: QUEUE_PREFIX });
  const byName = {
    review: open('review'),
    'test-gen': open('test-gen'),
    staging: open('staging'),
    canary: open('canary'),
    release: open('release'),
    agents: open('agents'),
    approvals: open('approvals'),
  };
  const flows = new FlowProducer({ connection, prefix: QUEUE_PREFIX });
  const onError = (error: Error) => log.warn({ err: error }, 'queue connection failed');
  for (const queue of Object.values(byName)) queue.on('error', onError);
  flows.on('error', onError);
  return {
    byName,
    flows,
    redis,
    async close() {
      await Promise.allSettled([flows.close(), ...QUEUE_NAMES.map((name) => byName[name].close())]);
      redis.disconnect();
    },
  };
}

/** A connection for a BullMQ Worker: it waits for Redis for ever, as BullMQ asks. */
export function workerConnection(redisUrl: string, log: Logger, silenceMs = SILENCE_MS): Redis {
  return connect(redisUrl, { maxRetriesPerRequest: null, socketTimeout: silenceMs }, log);
}

function connect(
  redisUrl: string,
  options: Required<Pick<RedisOptions, 'maxRetriesPerRequest' | 'socketTimeout'>>,
  log: Logger,
): Redis {
  const redis = new Redis(redisUrl, { ...options, retryStrategy: (times: number) => Math.min(times * 100, 2_000) });
  redis.on('error', (error) => log.warn({ err: error }, 'redis connection failed'));
  return redis;
}
