import { createHash } from 'node:crypto';

/** Characters as a generator of keys would give them, the same at every run; made here, so that no file holds a key. */
export function key(length: number, seed = 'a'): string {
  let text = '';
  for (let round = 0; text.length < length; round += 1)
    text += createHash('sha512').update(`${seed}${round}`).digest('base64').replace(/[+/=]/g, '');
  return text.slice(0, length);
}

/** The same in hexadecimal digits. */
export function hex(length: number, seed = 'a'): string {
  return createHash('sha512').update(seed).digest('hex').slice(0, length);
}

/** A password as people choose them. */
export function chosen(...parts: readonly string[]): string {
  return parts.join('');
}
