import type { Logger } from '../log.ts';
import { collectScratch } from '../scratch/collect-scratch.ts';

const EVERY_MS = 60 * 60_000;

/** On start and every hour, on each replica that tries migrations, for its own machine. */
export function startScratchJanitor(log: Logger): { readonly close: () => Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const tick = () => {
    running = running
      .then(async () => {
        const removed = await collectScratch({ log });
        if (removed > 0) log.info({ removed }, 'scratch databases of killed workers are removed');
      })
      .catch((error: unknown) => log.warn({ err: error }, 'scratch databases could not be looked for'));
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
