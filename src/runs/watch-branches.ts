import type { Queues } from '../queues/connections.ts';
import { type CompareDeps, type Comparison, compareBranch } from './compare-branch.ts';
import { lead } from './lead.ts';

const LOOK_EVERY_MS = 60_000;

/** Compares each service's target branch with the record, daily by default, on one replica at a time. */
export function startBranchWatch(deps: CompareDeps & { readonly queues: Queues }): { close: () => Promise<void> } {
  const stopping = new AbortController();
  const leader = lead({
    name: 'branch-watch',
    everyMs: LOOK_EVERY_MS,
    redis: deps.queues.redis,
    work: async () => void (await compareDue(deps, new Date(), stopping.signal)),
    log: deps.log,
  });
  return {
    async close() {
      stopping.abort();
      await leader.close();
    },
  };
}

/** Compares those whose last comparison is older than the configured time. One that fails does not keep the others from it. */
export async function compareDue(
  deps: CompareDeps,
  now: Date,
  signal: AbortSignal,
  everyMs: number = deps.config.audit.compare_branch_every_h * 3_600_000,
): Promise<Map<string, Comparison | Error>> {
  const rows = await deps.db.selectFrom('slipway.branch_watch').select(['service', 'checked_at']).execute();
  const checked = new Map(rows.map(({ service, checked_at }) => [service, checked_at.getTime()]));
  const results = new Map<string, Comparison | Error>();
  for (const [name, service] of Object.entries(deps.config.services)) {
    if (signal.aborted || now.getTime() - (checked.get(name) ?? 0) < everyMs) continue;
    try {
      results.set(name, await compareBranch(deps, name, service, now, signal));
    } catch (error) {
      if (signal.aborted) break;
      deps.log.warn(
        { err: error, service: name },
        'the target branch could not be compared, the next look tries again',
      );
      results.set(name, error instanceof Error ? error : new Error(String(error)));
    }
  }
  return results;
}
