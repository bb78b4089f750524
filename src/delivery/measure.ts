import { Agent } from 'node:http';
import { z } from 'zod';
import { sendRequest } from './send-request.ts';

export const Measured = z.strictObject({
  requests: z.int().min(0),
  /** 5xx, resets and timeouts, as the proxy counts them in production. */
  errors: z.int().min(0),
  error_rate: z.number().min(0).max(1),
  /** Of answered requests, exact (nearest rank); null when none was answered. */
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});
export type Measured = z.infer<typeof Measured>;

export interface MeasureRequest {
  readonly endpoint: string;
  /** Taken in turn. */
  readonly paths: readonly string[];
  readonly requests: number;
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;

/** Sends `requests` GETs and measures them. @throws only when aborted: what does not answer is an error that counts. */
export async function measureEndpoint({
  endpoint,
  paths,
  requests,
  concurrency,
  signal,
}: MeasureRequest): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const latencies: number[] = [];
  let next = 0;
  let errors = 0;
  const work = async (): Promise<void> => {
    while (next < requests) {
      signal.throwIfAborted();
      const url = new URL(paths[next % paths.length] ?? '/', endpoint);
      next += 1;
      try {
        const answer = await sendRequest(
          { url, method: 'GET', body: undefined, agent, timeoutMs: TIMEOUT_MS, keepBytes: 0 },
          signal,
        );
        latencies.push(answer.latencyMs);
        if (answer.status >= 500) errors += 1;
      } catch {
        signal.throwIfAborted();
        errors += 1;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, work));
  } finally {
    agent.destroy();
  }
  latencies.sort((a, b) => a - b);
  return {
    requests,
    errors,
    error_rate: requests === 0 ? 0 : errors / requests,
    p50_ms: nearestRank(latencies, 0.5),
    p95_ms: nearestRank(latencies, 0.95),
    p99_ms: nearestRank(latencies, 0.99),
  };
}

function nearestRank(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : Math.round(value * 1000) / 1000;
}
