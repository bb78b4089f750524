import Anthropic from '@anthropic-ai/sdk';
import type { ModelReply } from './agent-call.ts';
import { ReplyTooLong } from './careful-fetch.ts';
import { retryAfterMs } from './retry-after.ts';

/** Rate-limit replies that are about money: waiting does not help. `ramp_limit_exceeded` is an ordinary back-off. */
const SPEND_CODES = new Set(['enforced_spend_limit_reached', 'contract_spend_limit_reached']);

/** Client errors that may pass by themselves: request timeout, conflict, and the proxy's "client closed request". */
const PASSING = new Set([408, 409, 499]);

type FailedReply = Exclude<ModelReply, { kind: 'answer' }>;

/**
 * Every way a request can fail, as a reply. Failures without a status (connection, our own deadline, a body that was
 * cut or was no JSON) may have been billed: the request had left and nobody knows what became of it.
 */
export function mapModelError(error: unknown, now: Date): FailedReply {
  // The SDK calls whatever fetch throws a failed connection.
  if (error instanceof Error && error.cause instanceof ReplyTooLong)
    return { kind: 'inconclusive', reason: 'wrong_shape', detail: error.cause.message, requestId: null, usage: null };
  if (!(error instanceof Anthropic.APIError)) {
    return { kind: 'retry', detail: describe(error), maybeBilled: true, usage: null };
  }
  const detail = describe(error);
  const status: unknown = error.status;
  if (status === 402 || (error.errorCode !== null && SPEND_CODES.has(error.errorCode)))
    return { kind: 'spend_limit', detail };
  if (status === 429 || error.type === 'rate_limit_error') {
    return { kind: 'back_off', retryAfterMs: retryAfterMs(error.headers, now), detail };
  }
  if (typeof status === 'number' && status >= 300 && status < 500 && !PASSING.has(status)) {
    return {
      kind: 'inconclusive',
      reason: 'rejected_request',
      detail,
      requestId: error.requestID ?? null,
      usage: null,
    };
  }
  // A server that answered with an error did not bill; without an answer nobody knows.
  return { kind: 'retry', detail, maybeBilled: typeof status !== 'number', usage: null };
}

function describe(error: unknown): string {
  if (error instanceof Anthropic.APIError) {
    const parts = [error.status ?? error.name, error.type, error.errorCode, error.apiMessage ?? error.message];
    return parts
      .filter((part) => part !== null && part !== undefined)
      .join(' ')
      .slice(0, 500);
  }
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown failure';
}
