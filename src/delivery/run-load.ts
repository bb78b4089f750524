import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Load } from '../config/load-schema.ts';
import type { ArmSample } from './load-sample.ts';
import { pickLoadPath } from './plan-load.ts';
import { sendRequest } from './send-request.ts';

export interface LoadRequest {
  readonly endpoint: string;
  readonly load: Pick<Load, 'rate_rps' | 'max_in_flight' | 'paths'>;
  readonly requests: number;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;
/** A worker that was itself held up for longer than this sends later, not all at once. */
const MAX_LATE_MS = 50;

/**
 * Starts `requests` requests by the clock, whether or not earlier ones were answered, so that a version which stalls cannot
 * hide the requests that would have come meanwhile. @throws only when aborted: what does not answer is an error that counts.
 */
export async function runLoad({ endpoint, load, requests, signal }: LoadRequest): Promise<ArmSample> {
  const { rate_rps, max_in_flight, paths } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: max_in_flight });
  const latencies: number[] = [];
  const sent: Promise<void>[] = [];
  let inFlight = 0;
  let errors = 0;
  let startMs = performance.now();

  async function send(n: number): Promise<void> {
    const { path, method, body } = pickLoadPath(paths, n);
    inFlight += 1;
    try {
      const url = new URL(path, endpoint);
      const answer = await sendRequest({ url, method, body, agent, timeoutMs: TIMEOUT_MS, keepBytes: 0 }, signal);
      latencies.push(Math.round(answer.latencyMs * 100) / 100);
      if (answer.status >= 500) errors += 1;
    } catch {
      errors += 1;
    } finally {
      inFlight -= 1;
    }
  }

  try {
    for (let n = 0; n < requests; ) {
      signal.throwIfAborted();
      const nowMs = performance.now() - startMs;
      const dueMs = (n / rate_rps) * 1000;
      if (dueMs > nowMs) {
        // Aborted, it ends early, and the look above says why.
        await wait(dueMs - nowMs, undefined, { signal }).catch(() => undefined);
        continue;
      }
      if (nowMs - dueMs > MAX_LATE_MS) startMs += nowMs - dueMs;
      if (inFlight < max_in_flight) sent.push(send(n));
      else errors += 1;
      n += 1;
    }
    await Promise.all(sent);
    signal.throwIfAborted();
  } finally {
    await Promise.all(sent);
    agent.destroy();
  }
  return { requests, errors, latencies_ms: latencies.toSorted((a, b) => a - b) };
}
