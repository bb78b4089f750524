import { z } from 'zod';
import type { Queues } from './connections.ts';
import { QUEUE_PREFIX } from './registry.ts';

/**
 * Where the looks at the flows have come to. It is kept in Redis because there it shares the fate of the jobs: a Redis that
 * lost it, or that is not the process that it was written in, may have lost any of them.
 */
const LookMark = z.strictObject({
  /** The Redis process that holds the jobs. It changes with every restart and every take-over by a replica of it. */
  server: z.string(),
  /** False until one look at all live runs came to its end. */
  whole: z.boolean(),
  /** Runs that were put in line since have not been looked at. */
  fresh_from: z.iso.datetime(),
  /** The last one in line whose turn it was; null = begin at the oldest. */
  after: z.strictObject({ at: z.string(), id: z.string() }).nullable(),
  /** Something was wrong with them: they are looked at again at once. */
  again: z.array(z.string()),
});
export type LookMark = z.infer<typeof LookMark>;

const KEY = `${QUEUE_PREFIX}:looked`;

/** Which process holds the jobs at this moment. @throws what Redis says; an answer without the name. */
export async function readRedisProcess({ redis }: Queues): Promise<string> {
  const name = /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1];
  if (name === undefined)
    throw new Error('INFO server of Redis does not say its run_id, so a loss could not be noticed');
  return name;
}

/** What the last look left; null where Redis may have lost jobs since. Fails closed: a mark that cannot be read is none. */
export async function readLookMark({ redis }: Queues, server: string): Promise<LookMark | null> {
  const text = await redis.get(KEY);
  if (text === null) return null;
  const mark = LookMark.safeParse(parse(text)).data;
  return mark?.whole === true && mark.server === server ? mark : null;
}

/** For a look at all runs, before it begins: until its end nothing counts as looked at. */
export async function beginLookMark({ redis }: Queues, server: string, now: Date): Promise<void> {
  const mark: LookMark = { server, whole: false, fresh_from: now.toISOString(), after: null, again: [] };
  await redis.set(KEY, JSON.stringify(mark));
}

/** Only where there still is one: a Redis that was emptied during the look must not pass for one that was looked at. */
export async function writeLookMark({ redis }: Queues, mark: LookMark): Promise<void> {
  await redis.set(KEY, JSON.stringify(mark), 'XX');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
