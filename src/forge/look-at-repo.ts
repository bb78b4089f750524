import type { Kysely } from 'kysely';
import { InputError } from '../errors.ts';
import { type TakeDeps, takeEvent } from '../http/github/take-event.ts';
import type { Logger } from '../log.ts';
import type { Caller } from '../runs/caller.ts';
import type { Database, Run } from '../store/tables.ts';
import type { ForgeClient } from './github-client.ts';
import { type KnownRun, planLook } from './plan-look.decide.ts';
import type { Pull } from './pull.ts';

/** How long answers of the forge may lag behind what it has delivered. */
const SETTLED_MS = 60_000;

/** Found by poll: what the record names where no delivery came. */
const POLL: Caller = { tokenId: 'github-poll', name: 'github-poll', person: null, scopes: ['enqueue'] };

export interface LookDeps extends Omit<TakeDeps, 'caller'> {
  readonly db: Kysely<Database>;
  readonly forge: ForgeClient;
  readonly log: Logger;
}

/**
 * Compares the open pull requests of a repository with its runs and does what the deliveries that are missing would have
 * done, by the same code. `found` is told of each run that was started or stopped, as it happens.
 * @throws {ForgeFailure} when the forge does not answer as it should; what was found before stands.
 */
export async function lookAtRepo(
  deps: LookDeps,
  repo: string,
  since: Date,
  signal: AbortSignal,
  found: (runs: number) => void,
): Promise<void> {
  const branches = deps.targetBranches(repo);
  const { pulls, senseless } = await deps.forge.openPulls(repo, signal);
  if (senseless.length > 0) deps.log.warn({ repo, problems: senseless.slice(0, 5) }, 'pull requests make no sense');
  const look = planLook({ open: pulls, runs: await readRuns(deps.db, repo, pulls), branches, since });
  // Of a repository with several services a delivery starts nothing, because it cannot say which one is meant.
  for (const head of branches.length === 1 ? look.heads : []) {
    signal.throwIfAborted();
    found(await takeHead(deps, repo, head, signal));
  }
  for (const number of look.gone) {
    signal.throwIfAborted();
    found(await takeGone(deps, repo, number, signal));
  }
}

/**
 * A list may be old by the time it is read. So the head is looked up again, and where a delivery made a run of this pull
 * request meanwhile, that was the newer word: the next look will see. Of a head that was replaced the forge's other machines may
 * still tell for a moment, so one that had a run is believed to be back only when the newest run is that old.
 */
async function takeHead(
  deps: LookDeps,
  repo: string,
  { pull: listed, back }: { pull: Pull; back: boolean },
  signal: AbortSignal,
): Promise<number> {
  const before = await newestRun(deps, repo, listed.number);
  if (back && before !== null && Date.now() - before.created_at.getTime() < SETTLED_MS) return 0;
  const pull = await deps.forge.pull(repo, listed.number, signal);
  if (pull?.state !== 'open' || pull.head.sha !== listed.head.sha) return 0;
  if ((await newestRun(deps, repo, listed.number))?.id !== before?.id) return 0;
  const taken = await take(deps, repo, { action: 'reopened', pull_request: pull });
  return taken === 'created' ? 1 : 0;
}

async function takeGone(deps: LookDeps, repo: string, number: number, signal: AbortSignal): Promise<number> {
  const pull = await deps.forge.pull(repo, number, signal);
  if (pull?.state !== 'closed') return 0;
  return (await take(deps, repo, { action: 'closed', pull_request: pull })) === 'stopping' ? 1 : 0;
}

async function take(deps: LookDeps, repo: string, event: { action: string; pull_request: Pull }): Promise<string> {
  const { number, head } = event.pull_request;
  try {
    const taken = await takeEvent({ ...deps, caller: POLL }, 'pull_request', {
      ...event,
      repository: { full_name: repo },
    });
    const what = { repo, pr: number, head: head.sha, result: taken.kind };
    if (taken.kind === 'created' || taken.kind === 'stopping')
      deps.log.warn(what, 'found by poll: no delivery of this pull request had come');
    else deps.log.debug(what, 'looked at by poll');
    return taken.kind;
  } catch (error) {
    // As with a delivery: what the door refuses concerns this pull request only.
    if (!(error instanceof InputError)) throw error;
    deps.log.warn({ err: error, repo, pr: number }, 'a pull request found by poll was refused');
    return 'refused';
  }
}

async function newestRun({ desk }: LookDeps, repo: string, number: number): Promise<Run | null> {
  const [run] = await desk.list({ repo, pr_number: number, limit: 1 });
  return run ?? null;
}

async function readRuns(db: Kysely<Database>, repo: string, pulls: readonly Pull[]): Promise<KnownRun[]> {
  return db
    .selectFrom('slipway.runs')
    .select(['pr_number', 'head_sha', 'status', 'stop_kind', 'stop_reason', 'outcome', 'dry_run', 'created_at'])
    .where('repo', '=', repo)
    .where((eb) =>
      eb.or([
        eb('pr_number', '=', eb.fn.any(eb.val(pulls.map((pull) => pull.number)))),
        eb.and([eb('status', '!=', 'finished'), eb('stop_kind', 'is', null)]),
      ]),
    )
    .orderBy('created_at', 'desc')
    .execute();
}
