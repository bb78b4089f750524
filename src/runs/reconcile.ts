import { RunId } from '../ids.ts';
import { type FlowFault, findFlowFaults } from '../queues/find-flow-faults.ts';
import { stageJobId } from '../queues/job-ids.ts';
import { eachItem } from './each-item.ts';
import { lead } from './lead.ts';
import { readRun } from './read-run.ts';
import { rebuildFlow } from './rebuild-flow.ts';
import type { SweepDeps } from './sweep.ts';

const RECONCILE_EVERY_MS = 30_000;
/** An enqueue may still be at it. */
const YOUNG_MS = 5_000;

/**
 * Compares every live run with its flow and puts right what would wait for ever: a flow or one of its jobs that Redis
 * lost, a parent whose child ended unseen, a finaliser that failed. The store says which runs live; Redis is not believed.
 */
export async function reconcile(deps: SweepDeps, now: Date): Promise<void> {
  const live = await deps.db
    .selectFrom('slipway.runs')
    .select('id')
    .where('status', '!=', 'finished')
    .where('created_at', '<', new Date(now.getTime() - YOUNG_MS))
    .execute();
  const faults = await findFlowFaults(
    deps.queues,
    live.map(({ id }) => RunId.parse(id)),
  );
  await eachItem(deps, [...faults], ([id, found]) => repair(deps, id, found));
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
