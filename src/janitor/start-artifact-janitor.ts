import type { Logger } from '../log.ts';
import { type ArtifactDeps, collectArtifacts } from './collect-artifacts.ts';
import { everyHour } from './every-hour.ts';

/** On each replica for its own directory; several that share one do the same thing twice. */
export function startArtifactJanitor(deps: ArtifactDeps & { readonly keepHours: number; readonly log: Logger }): {
  readonly close: () => Promise<void>;
} {
  const { log, keepHours } = deps;
  async function work(): Promise<void> {
    const removed = await collectArtifacts(deps, new Date(Date.now() - keepHours * 3_600_000));
    if (removed > 0) log.info({ removed }, 'laid-out merges that nobody uses are removed');
  }
  return everyHour(work, 'laid-out merges stay: what is in use could not be read', log);
}
