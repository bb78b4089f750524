import { setTimeout as pass } from 'node:timers/promises';
import type { RunId } from '../ids.ts';
import type { Queues } from './connections.ts';
import { stageJobId } from './job-ids.ts';

/** A canary that is being looked at as the news comes has not seen it: its next look is brought forward once that one is over. */
const TRIES = 20;
const PAUSE_MS = 100;

/** Lets a canary that waits for its next tick look at the record now. If the wake-up is lost, the tick itself comes soon enough. */
export async function wakeCanary(queues: Queues, id: RunId): Promise<void> {
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
