import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { ChildServer } from './start-child-server.ts';

const FAILURES_BEFORE_GIVING_UP = 5;
/** A server that lived this long counts as healthy again. */
const HEALTHY_AFTER_MS = 60_000;

export interface KeptServer {
  /** Resolves with the reason when the server ended and could not be started again; never after `close`. */
  readonly lost: Promise<string>;
  /** Ends the server in order and waits for it. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts a server again when it ends by itself: at the same place, so that its clients reconnect. Gives up when it
 * keeps ending. `first` is the server as it runs now, `start` makes its successor.
 */
export function keepRunning(options: {
  name: string;
  first: ChildServer;
  start: () => Promise<ChildServer>;
  stop: (server: ChildServer) => Promise<void>;
  log: Logger;
}): KeptServer {
  const { name, start, stop, log } = options;
  let current = options.first;
  let closing = false;
  let reportLost: (reason: string) => void = () => {};
  const lost = new Promise<string>((resolve) => {
    reportLost = resolve;
  });
  const watching = watch();

  async function watch(): Promise<void> {
    let failures = 0;
    for (;;) {
      const startedAt = Date.now();
      let reason = await current.ended;
      if (closing) return;
      failures = Date.now() - startedAt > HEALTHY_AFTER_MS ? 1 : failures + 1;
      for (;;) {
        log.error({ server: name, reason, failures }, 'an embedded server ended by itself');
        if (failures >= FAILURES_BEFORE_GIVING_UP) return reportLost(reason);
        await wait(2 ** failures * 25);
        if (closing) return;
        try {
          current = await start();
          break;
        } catch (error) {
          reason = String(error);
          failures += 1;
        }
      }
      if (closing) return stop(current);
      log.info({ server: name }, 'the embedded server is back');
    }
  }

  async function close(): Promise<void> {
    closing = true;
    await stop(current);
    await watching;
  }

  return { lost, close };
}
