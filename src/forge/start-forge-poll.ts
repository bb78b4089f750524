import type { Config } from '../config/config.ts';
import type { Queues } from '../queues/connections.ts';
import { lead } from '../runs/lead.ts';
import { ForgeFailure } from './forge-failure.ts';
import { type LookDeps, lookAtRepo } from './look-at-repo.ts';
import { claimLook, holdAll, noteFailure, noteLook } from './poll-rows.ts';
import { watchedRepos } from './watched-repos.ts';

/** How often it is asked which repositories are due. */
const LOOK_EVERY_MS = 10_000;

export interface PollDeps extends LookDeps {
  readonly config: Pick<Config, 'forge' | 'services'>;
}

/**
 * Looks for deliveries that got lost, on one server at a time. The forge and its failures meet this task only: enqueueing
 * neither waits for it nor knows of it.
 */
export function startForgePoll(deps: PollDeps & { readonly queues: Queues }): { close: () => Promise<void> } {
  const stopping = new AbortController();
  const leader = lead({
    name: 'forge-poll',
    everyMs: LOOK_EVERY_MS,
    redis: deps.queues.redis,
    work: () => pollDue(deps, stopping.signal),
    log: deps.log,
  });
  return {
    async close() {
      stopping.abort();
      await leader.close();
    },
  };
}

/** Looks at each repository that is due. One that fails keeps no other from its look, unless the forge set a limit. */
export async function pollDue(
  deps: PollDeps,
  signal: AbortSignal,
  everyMs: number = deps.config.forge.poll_every_s * 1000,
): Promise<void> {
  for (const repo of watchedRepos(deps.config)) {
    if (signal.aborted) return;
    const claim = await claimLook(deps.db, repo, everyMs);
    if (claim === null) continue;
    let found = 0;
    try {
      await lookAtRepo(deps, repo, claim.watchedSince, signal, (runs) => {
        found += runs;
      });
      await noteLook(deps.db, repo, found);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ForgeFailure)) throw error;
      const failures = claim.failures + 1;
      deps.log.warn({ err: error, repo, failures }, 'the forge could not be asked for open pull requests');
      await noteFailure(deps.db, repo, { failures, problem: error.message, found, everyMs });
      if (error.limitedUntil !== null) return holdAll(deps.db, error.limitedUntil);
    }
  }
}
