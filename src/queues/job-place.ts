import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** Where one job is, as Redis says at this moment. */
export type JobPlace =
  | { readonly state: 'missing' }
  | { readonly state: 'completed' }
  | { readonly state: 'failed'; readonly reason: string }
  /** `ahead`: jobs of the queue that are taken before this one. */
  | { readonly state: 'waiting'; readonly ahead: number }
  /** `locked` is false when the replica that took it is gone or stands still: the lock has run out. */
  | { readonly state: 'active'; readonly since: Date | null; readonly replica: string | null; readonly locked: boolean }
  | { readonly state: 'delayed'; readonly until: Date; readonly attemptsMade: number; readonly failure: string | null }
  | { readonly state: 'waiting-children' };

/** BullMQ keeps when a delayed job is due as milliseconds times this, plus a counter (6.7, getDelayedScore). */
const DUE_SCALE = 0x1000;

/** A job that moves while it is looked at may be read as `missing` for this one look. */
export async function readJobPlace(queue: Queue, client: Redis, seen: Job): Promise<JobPlace> {
  const id = seen.id ?? '';
  const state = await seen.getState();
  // What a job says of itself is written before it moves: read after its state, the two belong together.
  const job = await queue.getJob(id);
  if (job === undefined) return { state: 'missing' };
  switch (state) {
    case 'completed':
      return { state };
    case 'waiting-children':
      return { state };
    case 'failed':
      return { state, reason: job.failedReason ?? 'no reason was left' };
    case 'waiting': {
      // Taken from the right end of the list.
      const [at, length] = await Promise.all([client.lpos(queue.toKey('wait'), id), client.llen(queue.toKey('wait'))]);
      return at === null ? { state: 'missing' } : { state, ahead: length - 1 - at };
    }
    case 'prioritized': {
      // Any job without a priority is taken before those that have one.
      const [before, rank] = await Promise.all([
        client.llen(queue.toKey('wait')),
        client.zrank(queue.toKey('prioritized'), id),
      ]);
      return rank === null ? { state: 'missing' } : { state: 'waiting', ahead: before + rank };
    }
    case 'active': {
      const locked = (await client.exists(`${queue.toKey(id)}:lock`)) === 1;
      const since = job.processedOn === undefined ? null : new Date(job.processedOn);
      return { state, since, replica: job.processedBy ?? null, locked };
    }
    case 'delayed': {
      const score = await client.zscore(queue.toKey('delayed'), id);
      if (score === null) return { state: 'missing' };
      const failure = job.failedReason ?? null;
      return { state, until: new Date(Math.floor(Number(score) / DUE_SCALE)), attemptsMade: job.attemptsMade, failure };
    }
    case 'unknown':
      return { state: 'missing' };
  }
}
