import { Agent, request } from 'node:http';
import type { Logger } from '../log.ts';

export interface Traffic {
  /** Requests answered or failed so far. */
  sent(): number;
  /** Of those: 5xx, resets and timeouts. */
  failed(): number;
  close(): Promise<void>;
}

export interface TrafficOptions {
  readonly url: string;
  readonly rps: number;
  readonly log: Logger;
}

const BEAT_MS = 20;
const TIMEOUT_MS = 10_000;
const MAX_IN_FLIGHT = 200;
const POPULAR_ITEMS = 60;
const ALL_ITEMS = 600;

/** Steady traffic as customers of the sample service cause it: mostly items, some far more popular than others. */
export function startTraffic({ url, rps, log }: TrafficOptions): Traffic {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const startMs = performance.now();
  let started = 0;
  let inFlight = 0;
  let done = 0;
  let failed = 0;
  let skipped = 0;

  const send = (): void => {
    started += 1;
    if (inFlight >= MAX_IN_FLIGHT) {
      skipped += 1;
      return;
    }
    inFlight += 1;
    let ended = false;
    const end = (ok: boolean): void => {
      if (ended) return;
      ended = true;
      inFlight -= 1;
      done += 1;
      if (!ok) failed += 1;
    };
    const sent = request({ hostname, port, path: pickPath(started), agent, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.once('end', () => end((response.statusCode ?? 500) < 500));
      response.once('error', () => end(false));
    });
    sent.once('timeout', () => sent.destroy(new Error('timeout')));
    sent.once('error', () => end(false));
    sent.end();
  };

  const beat = setInterval(() => {
    // By the clock, not by the beat, so that a late timer sends what is due and the rate stays true.
    const due = Math.floor(((performance.now() - startMs) / 1000) * rps);
    const behind = due - started;
    if (behind > rps) started = due - rps;
    while (started < due) send();
  }, BEAT_MS);

  return {
    sent: () => done,
    failed: () => failed,
    close() {
      clearInterval(beat);
      agent.destroy();
      log.info({ sent: done, failed, skipped }, 'traffic ended');
      return Promise.resolve();
    },
  };
}

/** Ends when `signal` aborts; for a process that does nothing else. */
export async function runTraffic(options: TrafficOptions, signal: AbortSignal): Promise<void> {
  const traffic = startTraffic(options);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await traffic.close();
}

/** The nth path: 60 % single items (most of them popular ones), the rest quotes, pages and the version. */
export function pickPath(n: number): string {
  // Mixed (the end of MurmurHash3), so that paths follow no pattern; the same n is always the same path.
  let mixed = Math.imul(n ^ (n >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  const scattered = (mixed ^ (mixed >>> 16)) >>> 0;
  const kind = scattered % 100;
  const value = Math.floor(scattered / 100);
  if (kind < 45) return `/items/${1 + (value % POPULAR_ITEMS)}`;
  if (kind < 60) return `/items/${1 + (value % ALL_ITEMS)}`;
  if (kind < 85) return `/quote?amount=${100 + (value % 9_900)}&country=${['DE', 'FR', 'NL'][value % 3]}`;
  if (kind < 95) return `/items?page=${1 + (value % 30)}`;
  return '/version';
}
