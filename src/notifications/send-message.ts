import { withDeadline } from '../with-deadline.ts';
import type { Channel } from './channel.ts';
import { signWebhook } from './sign-webhook.ts';

const TIMEOUT_MS = 10_000;

/** @throws when it was not answered with 2xx. Never says the address, which for Slack is a secret. */
export async function sendMessage(
  channel: Channel,
  message: { readonly id: string; readonly at: Date; readonly body: string },
  signal: AbortSignal,
): Promise<{ status: number }> {
  const signed = channel.name === 'webhook' ? signWebhook(message, channel.secret) : {};
  const send = (limit: AbortSignal) =>
    fetch(channel.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'slipway', ...signed },
      body: message.body,
      // A redirect would carry the message to somebody who was not configured.
      redirect: 'manual',
      signal: limit,
    });
  const response = await withDeadline(signal, TIMEOUT_MS, send).catch((error: unknown) => {
    throw new Error(`no answer: ${reasonOf(error)}`, { cause: error });
  });
  await response.body?.cancel();
  if (response.ok) return { status: response.status };
  throw new Error(`answered ${response.status}`);
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error instanceof Error ? error.name : 'unknown';
}
