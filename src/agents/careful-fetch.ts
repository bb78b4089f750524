import { fetch as undiciFetch } from 'undici';

// The dispatcher that a caller hands over is one of this undici; the types of Node 20 describe an older one.
const fetch = undiciFetch as unknown as typeof globalThis.fetch;

/** Far more than the longest answer that any schema takes. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024;

/** A reply that is longer than any answer can be, packed or not. */
export class ReplyTooLong extends Error {
  override readonly name = 'ReplyTooLong';
  constructor() {
    super(`the reply is longer than ${MAX_REPLY_BYTES} bytes`);
  }
}

/**
 * fetch for a model: it follows no redirect, which would carry the change to an address that nobody configured, and reads no more
 * of a reply than one may be long, counted as it is unpacked.
 */
export async function carefulFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  if (response.body === null) return response;
  const { status, statusText, headers } = response;
  return new Response(await readLimited(response.body), { status, statusText, headers });
}

async function readLimited(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_REPLY_BYTES) throw new ReplyTooLong();
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
