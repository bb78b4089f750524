import type { Job } from 'bullmq';
import type { RunId } from '../ids.ts';
import type { Queues } from '../queues/connections.ts';
import { stageJobId } from '../queues/job-ids.ts';
import { type JobPlace, readJobPlace } from '../queues/job-place.ts';
import { QUEUE_NAMES, type QueueName, registry } from '../queues/registry.ts';

/** One job that everything above it in the run's tree waits for. */
export interface FrontJob {
  readonly queue: QueueName;
  readonly id: string;
  /** False when only a newer version knows what the job means. */
  readonly known: boolean;
  /** How often it is tried. */
  readonly attempts: number;
  readonly place: JobPlace;
}

/** A tree that moves is looked at again, this often. */
const MAX_LOOKS = 3;
/** More children than this of one job are not looked at one by one; the first ones say enough. */
const MAX_CHILDREN = 50;

/** The jobs of a run that can move now: the ends of its tree, from the release job down. Empty when it has no tree. */
export async function readFlowFront(queues: Queues, runId: RunId): Promise<readonly FrontJob[]> {
  return await readEnds(queues, 'release', stageJobId(runId, 'release'));
}

async function readEnds(queues: Queues, queue: QueueName, id: string, looks = 0): Promise<readonly FrontJob[]> {
  const job: Job | undefined = await queues.byName[queue].getJob(id);
  if (job === undefined) return [];
  const place = await readJobPlace(queues.byName[queue], queues.redis, job);
  if (place.state === 'waiting-children') {
    const { unprocessed = [] } = await job.getDependencies({ unprocessed: { count: MAX_CHILDREN } });
    const children = unprocessed.flatMap((key) => childOf(queues, key));
    const below = (await Promise.all(children.map((child) => readEnds(queues, child.queue, child.id)))).flat();
    const open = below.filter(({ place }) => place.state !== 'completed' && place.state !== 'missing');
    if (open.length > 0) return open;
    // It may have gone on while its children were looked at. If not, they are gone: it is the end, and nothing wakes it.
    if (looks < MAX_LOOKS) return await readEnds(queues, queue, id, looks + 1);
  }
  const { name, attempts } = registry[queue];
  return [{ queue, id, known: job.name === name, attempts, place }];
}

/** A dependency's key is `${prefix}:${queue}:${id}`; ids and queue names hold no colon. */
function childOf(queues: Queues, key: string): { queue: QueueName; id: string }[] {
  const id = key.slice(key.lastIndexOf(':') + 1);
  const queue = QUEUE_NAMES.find((name) => queues.byName[name].toKey(id) === key);
  return queue === undefined ? [] : [{ queue, id }];
}
