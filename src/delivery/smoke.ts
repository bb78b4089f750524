import { RE2JS } from 're2js';
import { z } from 'zod';
import type { SmokeCheck } from '../config/smoke-schema.ts';
import { type HttpAnswer, sendRequest } from './send-request.ts';

export const SmokeResult = z.strictObject({
  /** `GET /healthz`, the name it was given, or the name of a test of the suite. */
  name: z.string(),
  passed: z.boolean(),
  /** What was seen, and for a failed check what was wanted. */
  detail: z.string(),
  /** null when there was no answer, or it was no request. */
  status: z.int().nullable(),
  latency_ms: z.number().nullable(),
});
export type SmokeResult = z.infer<typeof SmokeResult>;

const GRACE_MS = 1_000;
const KEEP_BYTES = 1_000_000;

/** Runs the checks one after the other. A check that cannot be run has failed; only an abort throws. */
export async function runSmoke(
  endpoint: string,
  checks: readonly SmokeCheck[],
  signal: AbortSignal,
): Promise<SmokeResult[]> {
  const results: SmokeResult[] = [];
  for (const check of checks) results.push(await runCheck(endpoint, check, signal));
  return results;
}

/** What could not even be tried, named like a check. */
export function failedSmoke(name: string, detail: string): SmokeResult {
  return { name, passed: false, detail, status: null, latency_ms: null };
}

async function runCheck(endpoint: string, check: SmokeCheck, signal: AbortSignal): Promise<SmokeResult> {
  const name = check.name ?? `${check.method} ${check.path}`;
  try {
    const answer = await sendRequest(
      {
        url: new URL(check.path, endpoint),
        method: check.method,
        headers: check.headers,
        body: check.body,
        agent: undefined,
        timeoutMs: check.max_latency_ms + GRACE_MS,
        keepBytes: KEEP_BYTES,
      },
      signal,
    );
    const problem = findProblem(check, answer);
    const latency_ms = Math.round(answer.latencyMs * 10) / 10;
    return {
      name,
      passed: problem === null,
      detail: problem ?? `answered ${answer.status} in ${latency_ms} ms`,
      status: answer.status,
      latency_ms,
    };
  } catch (error) {
    signal.throwIfAborted();
    return failedSmoke(name, `no answer: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}

function findProblem(check: SmokeCheck, answer: HttpAnswer): string | null {
  if (answer.status !== check.status) return `answered ${answer.status}, wanted ${check.status}`;
  if (answer.latencyMs > check.max_latency_ms)
    return `took ${Math.round(answer.latencyMs)} ms, limit ${check.max_latency_ms} ms`;
  if (check.body_contains !== undefined && !answer.body.includes(check.body_contains)) {
    return `the body does not contain "${check.body_contains}"`;
  }
  if (check.body_matches !== undefined && !RE2JS.compile(check.body_matches).matcher(answer.body).find()) {
    return `the body does not match /${check.body_matches}/`;
  }
  return null;
}
