import { sql } from 'kysely';
import { actorOf } from '../fleet/make-fleet-desk.ts';
import { RunId } from '../ids.ts';
import { bringForward } from '../queues/bring-forward.ts';
import type { Queues } from '../queues/connections.ts';
import type { Run } from '../store/tables.ts';
import type { Caller } from './caller.ts';
import { readFlowFront } from './flow-front.ts';
import { openRecord } from './record.ts';
import type { StopDeps } from './stop-run.ts';
import { unlessOver } from './unless-over.ts';

/**
 * Moves a run to the front of every line it stands in, now and on the rest of its way: of its queues, of the agents' and
 * of the leases. Of several such runs the latest is first. What is under way before it is not disturbed.
 * @returns false when the run ended by itself in this moment.
 */
export async function frontRun(deps: StopDeps, run: Run, caller: Caller, reason: string): Promise<boolean> {
  const record = openRecord(deps.audit, run);
  const before = (await record.list()).filter(({ entry }) => entry.event === 'run_fronted').length;
  const ordered = await unlessOver(
    record.append({
      stage: 'operator',
      step: 'front',
      event: 'run_fronted',
      n: before,
      actor: actorOf(caller),
      rationale: reason,
      outcome: 'first',
      payload: {},
    }),
  );
  if (ordered === null) return false;
  await deps.db
    .updateTable('slipway.runs')
    .set({ front_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', run.id)
    .where('status', '!=', 'finished')
    .execute();
  await bringRunForward(deps.queues, RunId.parse(run.id));
  return true;
}

/** Puts the jobs of a run that wait for a worker at the head of their queues. Safe to repeat. */
export async function bringRunForward(queues: Queues, runId: RunId): Promise<void> {
  for (const { queue, id, place } of await readFlowFront(queues, runId)) {
    // A delay is a tick, a deadline or a line for a lease; none of them ends sooner for being asked about.
    if (place.state === 'waiting') await bringForward(queues.byName[queue], id);
  }
}
