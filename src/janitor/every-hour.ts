import type { Logger } from '../log.ts';

/** Does something on start and every hour, one time after the other. What it throws is told, with `failed`, and tried again in an hour. */
export function everyHour(
  work: () => Promise<void>,
  failed: string,
  log: Logger,
): { readonly close: () => Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const tick = () => {
    running = running.then(work).catch((error: unknown) => log.warn({ err: error }, failed));
  };
  tick();
  const timer = setInterval(tick, 60 * 60_000);
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
