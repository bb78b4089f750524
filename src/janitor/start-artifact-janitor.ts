import type { Logger } from '../log.ts';
import { type ArtifactDeps, collectArtifacts } from './collect-artifacts.ts';

const EVERY_MS = 60 * 60_000;

/** On start and every hour, on each replica for its own directory; several that share one do the same thing twice. */
export function startArtifactJanitor(deps: ArtifactDeps & { readonly keepHours: number; readonly log: Logger }): {
  readonly close: () => Promise<void>;
} {
  const { log, keepHours } = deps;
  let running: Promise<void> = Promise.resolve();
  const tick = () => {
    running = running
      .then(async () => {
        const removed = await collectArtifacts(deps, new Date(Date.now() - keepHours * 3_600_000));
        if (removed > 0) log.info({ removed }, 'laid-out merges that nobody uses are removed');
      })
      .catch((error: unknown) => log.warn({ err: error }, 'laid-out merges stay: what is in use could not be read'));
  };
  tick();
  const timer = setInterval(tick, EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
