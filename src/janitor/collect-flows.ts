import type { Job, Queue } from 'bullmq';
import { RunId } from '../ids.ts';
import { stageJobId } from '../queues/job-ids.ts';
import { QUEUE_NAMES } from '../queues/registry.ts';
import type { JanitorDeps } from './janitor-deps.ts';

const PAGE = 200;

/**
 * Removes the jobs of runs that finished before `before`: by the root, which takes the whole tree along, then what is left of
 * trees that were made anew. A run that is not finished in PostgreSQL keeps every job, whatever Redis says of it.
 * Returns how many jobs were removed by name: a tree counts once.
 */
export async function collectFlows(deps: JanitorDeps, before: Date): Promise<number> {
  const { byName } = deps.queues;
  let removed = await collectFrom(deps, byName.release, before, async () => true);
  for (const name of QUEUE_NAMES.filter((queue) => queue !== 'release')) {
    const rootIsGone = async (id: RunId) => (await byName.release.getJob(stageJobId(id, 'release'))) === undefined;
    removed += await collectFrom(deps, byName[name], before, rootIsGone);
  }
  return removed;
}

/** Ended jobs, the oldest first; those that stay are skipped, so that they do not hide the rest. */
async function collectFrom(
  deps: JanitorDeps,
  queue: Queue,
  before: Date,
  mayGo: (id: RunId) => Promise<boolean>,
): Promise<number> {
  let removed = 0;
  for (const state of ['completed', 'failed'] as const) {
    for (let skip = 0; ; ) {
      const jobs = await queue.getJobs([state], skip, skip + PAGE - 1, true);
      const old = jobs.filter((job) => (job.finishedOn ?? Number.POSITIVE_INFINITY) < before.getTime());
      const finished = await finishedRuns(deps, old, before);
      let gone = 0;
      for (const job of old) {
        const id = runOf(job);
        if (id === null || !finished.has(id) || !(await mayGo(id))) continue;
        if (await remove(deps, job)) gone += 1;
      }
      removed += gone;
      skip += old.length - gone;
      if (old.length < PAGE) break;
    }
  }
  return removed;
}

async function finishedRuns({ db }: JanitorDeps, jobs: readonly Job[], before: Date): Promise<ReadonlySet<string>> {
  const ids = [...new Set(jobs.flatMap((job) => runOf(job) ?? []))];
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('slipway.runs')
    .select('id')
    .where('id', 'in', ids)
    .where('status', '=', 'finished')
    .where('finished_at', '<', before)
    .unionAll((query) =>
      // A rollback has an id of its own.
      query
        .selectFrom('slipway.rollbacks')
        .select('id')
        .where('id', 'in', ids)
        .where('status', '<>', 'ordered')
        .where('finished_at', '<', before),
    )
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Every job's id begins with its run's. */
function runOf(job: Job): RunId | null {
  return RunId.safeParse(job.id?.split('~', 1)[0]).data ?? null;
}

/** One that is locked at this moment is taken the next time. */
async function remove({ log }: JanitorDeps, job: Job): Promise<boolean> {
  try {
    await job.remove();
    return true;
  } catch (error) {
    log.warn({ job: job.id, err: error }, 'a finished job could not be removed, the next time it is tried again');
    return false;
  }
}
