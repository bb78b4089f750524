import { RunId } from '../ids.ts';
import { type FlowFault, findFlowFaults } from '../queues/find-flow-faults.ts';
import { stageJobId } from '../queues/job-ids.ts';
import { beginLookMark, type LookMark, readLookMark, readRedisProcess, writeLookMark } from '../queues/look-mark.ts';
import { eachItem } from './each-item.ts';
import { lead } from './lead.ts';
import { pageLiveRuns, readFreshRuns, takeTurn } from './live-runs.ts';
import { readRun } from './read-run.ts';
import { rebuildFlow } from './rebuild-flow.ts';
import type { SweepDeps } from './run-deps.ts';

const RECONCILE_EVERY_MS = 30_000;
/** An enqueue may still be at it. */
const YOUNG_MS = 5_000;
/** A run is seen as new for so long: its row may be committed a while after the time it bears, and clocks differ. */
const FRESH_MS = 60_000;
/** Of the live runs that nothing was heard of, so many have their turn in a look. */
const TURN = 1_000;

/**
 * Compares live runs with their flows and puts right what would wait for ever: a flow or one of its jobs that Redis
 * lost, a parent whose child ended unseen, a finaliser that failed. The store says which runs live; Redis is not believed.
 *
 * A look at every run costs Redis work for each of them, however long they wait. So all are looked at when Redis may have
 * lost something as a whole: it was emptied, restarted, or another one took its place (src/queues/look-mark.ts). Otherwise a
 * look goes to those that were put in line since the last one, whose enqueue may have died; to those with whom something was
 * wrong the last time; and to the next `turn` of all. Up to so many live runs each look is one at all of them. Of more, a job
 * that was lost by itself, which takes a hand in Redis or a fault of its own, is found after as many looks as turns are needed.
 */
export async function reconcile(deps: SweepDeps, now: Date, turn = TURN): Promise<void> {
  const { db, queues } = deps;
  const server = await readRedisProcess(queues);
  const mark = await readLookMark(queues, server);
  const before = new Date(now.getTime() - YOUNG_MS);
  const freshFrom = new Date(before.getTime() - FRESH_MS);
  const noted = { server, whole: true, fresh_from: freshFrom.toISOString() };
  if (mark === null) {
    await beginLookMark(queues, server, freshFrom);
    const again: string[] = [];
    for (let after: LookMark['after'] = null; ; ) {
      const page = await pageLiveRuns(db, after, before, turn);
      again.push(...(await lookAt(deps, page.ids)));
      after = page.after;
      if (after === null) break;
    }
    await writeLookMark(queues, { ...noted, after: null, again });
    return;
  }
  const fresh = await readFreshRuns(db, new Date(mark.fresh_from), before);
  const { ids, after } = await takeTurn(db, mark.after, before, turn);
  const known = mark.again.map((id) => RunId.parse(id));
  const again = await lookAt(deps, [...new Set([...known, ...fresh, ...ids])]);
  await writeLookMark(queues, { ...noted, after, again });
}

/** Repairs what it finds, and answers with the runs that something was wrong with: a repair may not hold. */
async function lookAt(deps: SweepDeps, ids: readonly RunId[]): Promise<RunId[]> {
  const faults = await findFlowFaults(deps.queues, ids);
  await eachItem(deps, [...faults], ([id, found]) => repair(deps, id, found));
  return [...faults.keys()];
}

export function startReconciler(deps: SweepDeps): { readonly close: () => Promise<void> } {
  const { queues, log } = deps;
  return lead({
    name: 'reconciler',
    everyMs: RECONCILE_EVERY_MS,
    redis: queues.redis,
    work: () => reconcile(deps, new Date()),
    log,
  });
}

async function repair(deps: SweepDeps, id: RunId, faults: readonly FlowFault[]): Promise<void> {
  const run = await readRun(deps.db, id);
  // Its finaliser ended between the two looks.
  if (run === null || run.status === 'finished') return;
  const log = deps.log.child({ run: id, faults });
  if (faults.some(({ kind }) => kind === 'failed')) {
    // It may have failed for want of something that is there now, and nothing else frees what the run holds.
    log.error('the release job of a run has failed, it is tried again');
    const root = await deps.queues.byName.release.getJob(stageJobId(id, 'release'));
    await root?.retry('failed');
    return;
  }
  const rebuilt = await rebuildFlow(deps, run);
  log.warn(
    rebuilt ? 'a run waited for what never comes, its flow was made anew' : 'a broken flow is still being worked on',
  );
}
