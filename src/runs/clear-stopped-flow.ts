import { setTimeout as pass } from 'node:timers/promises';
import type { RunId } from '../ids.ts';
import { bringForward } from '../queues/bring-forward.ts';
import type { Queues } from '../queues/connections.ts';
import { readFlowFront } from './flow-front.ts';

/** One look at the flow takes some milliseconds; a step that was told to stop hands its job back about as fast. */
const LOOKS = 60;
const PAUSE_MS = 30;

/**
 * Takes what is left of a stopped run's flow out of every queue, from its ends up, until only the finaliser is left: the
 * removal of a job wakes the one above it. So a stop waits for nobody: not for its turn behind a thousand jobs, not for a
 * paused queue, a tick, a lease, a person or a slot. What a replica works on is not touched: it was told by broadcast,
 * hands its job back, and is met here on the next look. Safe to repeat.
 * @returns true when only the finaliser is left.
 */
export async function clearStoppedFlow(queues: Queues, runId: RunId): Promise<boolean> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const front = await readFlowFront(queues, runId);
    const finaliser = front.find(({ queue, id }) => queue === 'release' && !id.includes('~', runId.length + 1));
    if (front.length === 0) return true;
    if (finaliser !== undefined) {
      if (finaliser.place.state !== 'active') await bringForward(queues.byName.release, finaliser.id);
      return true;
    }
    let busy = false;
    for (const { queue, id, place } of front) {
      if (place.state === 'active') busy = true;
      if (place.state !== 'waiting' && place.state !== 'delayed') continue;
      const job = await queues.byName[queue].getJob(id);
      try {
        // What it asked for and had not begun to wait for when it was told.
        await job?.removeUnprocessedChildren();
        await job?.remove({ removeChildren: false });
      } catch {
        // Taken by a worker in this moment: that one sees the order by itself.
        busy = true;
      }
    }
    if (busy) await pass(PAUSE_MS);
  }
  return false;
}
