import { lead } from '../runs/lead.ts';
import { collectBlobs } from './collect-blobs.ts';
import { collectFlows } from './collect-flows.ts';
import { collectRows } from './collect-rows.ts';
import type { JanitorDeps } from './janitor-deps.ts';

const EVERY_MS = 10 * 60_000;

/**
 * Removes what nobody needs any more: jobs of finished runs, rows beside the record, blobs that nothing refers to. Never an
 * entry of the record. Two at once only do the same thing twice.
 */
export async function tidy(deps: JanitorDeps, now: Date): Promise<void> {
  const { flows_h, rows_days, blobs_days } = deps.config.retention;
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const flows = await collectFlows(deps, hoursAgo(flows_h));
  const rows = await collectRows(deps, hoursAgo(rows_days * 24));
  const blobs = await collectBlobs(deps, hoursAgo(blobs_days * 24));
  if (flows + blobs + Object.values(rows).reduce((a, b) => a + b, 0) > 0)
    deps.log.info({ flows, rows, blobs }, 'what nobody needs any more is removed');
}

/** On start and every ten minutes, on one replica at a time. */
export function startJanitor(deps: Omit<JanitorDeps, 'signal'>): { readonly close: () => Promise<void> } {
  const ending = new AbortController();
  const work = () => tidy({ ...deps, signal: ending.signal }, new Date());
  const leading = lead({ name: 'janitor', everyMs: EVERY_MS, redis: deps.queues.redis, work, log: deps.log });
  return {
    async close() {
      ending.abort();
      await leading.close();
    },
  };
}
