import type { Logger } from '../log.ts';
import { collectScratch } from '../scratch/collect-scratch.ts';
import { everyHour } from './every-hour.ts';

/** On each replica that tries migrations, for its own machine. */
export function startScratchJanitor(log: Logger): { readonly close: () => Promise<void> } {
  async function work(): Promise<void> {
    const removed = await collectScratch({ log });
    if (removed > 0) log.info({ removed }, 'scratch databases of killed workers are removed');
  }
  return everyHour(work, 'scratch databases could not be looked for', log);
}
