import { setTimeout as pass } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { stageJobId } from '../queues/job-ids.ts';
import type { Database } from '../store/tables.ts';

/** A canary that is being looked at as the freeze comes has not seen it: its next look is brought forward once that one is over. */
const TRIES = 20;
const PAUSE_MS = 100;

/**
 * Lets every canary that waits for its next tick look at the record now, so that a freeze takes it out of traffic at once.
 * If a wake-up is lost, the tick itself comes soon enough.
 */
export async function wakeCanaries(
  { db, queues, log }: { readonly db: Kysely<Database>; readonly queues: Queues; readonly log: Logger },
  service: string | null,
): Promise<void> {
  const runs = await db
    .selectFrom('slipway.runs')
    .select('id')
    .where('status', '!=', 'finished')
    .where('stage', '=', 'canary')
    .$if(service !== null, (query) => query.where('service', '=', service ?? ''))
    .execute();
  await Promise.all(runs.map(({ id }) => wakeCanary(queues, RunId.parse(id)))).catch((error: unknown) =>
    log.warn({ err: error }, 'canaries could not be woken, their next tick sees the freeze'),
  );
}

async function wakeCanary(queues: Queues, id: RunId): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const job = await queues.byName.canary.getJob(stageJobId(id, 'canary'));
    const state = await job?.getState();
    if (state === 'delayed') {
      // Due by itself in this moment: then it is awake, which is all we want.
      await job?.promote().catch(() => undefined);
      return;
    }
    if (state !== 'active') return;
    await pass(PAUSE_MS);
  }
}
