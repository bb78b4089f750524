import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from './log.ts';
import { spawnSlipway } from './spawn-slipway.ts';

const PAUSE_MS = 1_000;

/** Starts a command, and again whenever it ends. The returned function ends it for good. */
export function keepRunning(what: Parameters<typeof spawnSlipway>[0], log: Logger): () => Promise<void> {
  let running = spawnSlipway(what);
  const closing = new AbortController();
  const keeping = (async () => {
    for (;;) {
      const how = await running.ended;
      if (closing.signal.aborted) return;
      log.error({ process: what.name, how }, 'a part has ended and is started again');
      await wait(PAUSE_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return;
      running = spawnSlipway(what);
    }
  })();
  return async () => {
    closing.abort();
    await running.stop();
    await keeping;
  };
}
