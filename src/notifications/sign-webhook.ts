import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** The bytes of a Standard Webhooks secret; null when it is none: base64 of 24 to 64 bytes, with or without `whsec_`. */
export function parseWebhookSecret(text: string): Buffer | null {
  const body = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return null;
  const key = Buffer.from(body, 'base64');
  return key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES ? key : null;
}

/**
 * Headers of the Standard Webhooks specification (standardwebhooks.com): the receiver proves by them who sent the body and
 * when, and knows a repetition by the id.
 */
export function signWebhook(message: { id: string; at: Date; body: string }, secret: string): Record<string, string> {
  const key = parseWebhookSecret(secret);
  if (key === null) throw new Error('the webhook secret is not one of Standard Webhooks');
  const timestamp = String(Math.floor(message.at.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${message.id}.${timestamp}.${message.body}`).digest('base64');
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
