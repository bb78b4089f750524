import type { Kysely } from 'kysely';
import { RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { wakeCanary } from '../queues/wake-canary.ts';
import type { Database } from '../store/tables.ts';

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
