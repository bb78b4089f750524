import { timingSafeEqual } from 'node:crypto';

/** Compares two secrets in time that says nothing about where they differ. */
export function isSameSecret(a: unknown, b: string): boolean {
  if (typeof a !== 'string') return false;
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
