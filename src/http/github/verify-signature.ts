import { createHmac, timingSafeEqual } from 'node:crypto';

const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

/** The digest that a header claims; null when it is missing or no SHA-256 signature (the older SHA-1 header is not read). */
export function parseSignature(header: unknown): Buffer | null {
  const hex = typeof header === 'string' ? SIGNATURE.exec(header)?.[1] : undefined;
  return hex === undefined ? null : Buffer.from(hex, 'hex');
}

/** HMAC-SHA256 over the bytes as they came, compared in time that says nothing about where they differ. */
export function isSignedBy(secret: string, bytes: Buffer, claimed: Buffer): boolean {
  const expected = createHmac('sha256', secret).update(bytes).digest();
  return claimed.length === expected.length && timingSafeEqual(claimed, expected);
}
