import type { Kysely } from 'kysely';
import type { ChangeRepository } from '../change/change.ts';
import { type Config, resolveService } from '../config/config.ts';
import { Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Database, Run } from '../store/tables.ts';
import { isLaterHead } from './later-head.ts';
import { type StopDeps, stopRun } from './stop-run.ts';

export interface RivalDeps extends StopDeps {
  readonly config: Config;
  readonly repository: Pick<ChangeRepository, 'isAncestor'>;
  readonly log: Logger;
}

type Change = Pick<Run, 'repo' | 'pr_number' | 'head_sha' | 'dry_run'>;

/** Live runs of other heads of the same pull request. A dry run is no rival of a real one. */
async function liveRivals(db: Kysely<Database>, change: Change): Promise<Run[]> {
  return db
    .selectFrom('slipway.runs')
    .selectAll()
    .where('repo', '=', change.repo)
    .where('pr_number', '=', change.pr_number)
    .where('dry_run', '=', change.dry_run)
    .where('head_sha', '!=', change.head_sha)
    .where('status', '!=', 'finished')
    .where('stop_kind', 'is', null)
    .orderBy('created_at', 'desc')
    .execute();
}

/**
 * Leaves at most one live run of a pull request: the newer head's. Two heads enqueued at the same moment see each other
 * here, because each looks after its own row is committed, and both judge alike.
 * @returns the run of a newer head, by which this one is superseded; null when this one stays.
 */
export async function settleRivals(deps: RivalDeps, run: Run): Promise<Run | null> {
  for (const rival of await liveRivals(deps.db, run)) {
    if (await isNewer(deps, rival, run)) {
      await supersede(deps, run, rival);
      return rival;
    }
    await supersede(deps, rival, run);
  }
  return null;
}

export async function supersede(deps: StopDeps, older: Run, newer: Run): Promise<void> {
  await stopRun(deps, older, {
    kind: 'superseded',
    reason: `head ${newer.head_sha} of the same pull request was enqueued`,
    by: { kind: 'system', id: 'slipway' },
    supersededBy: newer.id,
  });
}

/**
 * By the word of the forge, else by the history of the two heads; where neither holds the other, or git cannot say, the later
 * request is the newer head.
 */
async function isNewer(deps: RivalDeps, rival: Run, run: Run): Promise<boolean> {
  const told = isLaterHead(rival, run);
  if (told !== null) return told;
  if (await isContained(deps, run.service, run.head_sha, rival.head_sha)) return true;
  if (await isContained(deps, run.service, rival.head_sha, run.head_sha)) return false;
  const ms = rival.created_at.getTime() - run.created_at.getTime();
  return ms === 0 ? rival.id > run.id : ms > 0;
}

/** False where git cannot say. */
export async function isContained(
  deps: Pick<RivalDeps, 'config' | 'repository' | 'log'>,
  serviceName: string,
  inner: string,
  outer: string,
): Promise<boolean> {
  const service = resolveService(deps.config, serviceName);
  if (service === undefined) return false;
  try {
    return await deps.repository.isAncestor(
      service.repository,
      Sha.parse(inner),
      Sha.parse(outer),
      AbortSignal.timeout(10_000),
    );
  } catch (error) {
    deps.log.warn({ err: error, service: serviceName }, 'could not compare two heads of a pull request');
    return false;
  }
}
