import { cleanText } from './clean-text.ts';

/** What a run may hand on: enough for a model to see what failed. */
const MAX_BYTES = 8 * 1024;
const HOST_PATH = /(?<![\w/.])\/(?:root|home|Users|tmp|var|etc|mnt|opt|srv|run|work|workspace|data)\/[^\s'"`:)\]}>,]*/g;
const ENVIRONMENT = /\b([A-Z][A-Z0-9_]{2,63})=(?:"[^"\n]*"|'[^'\n]*'|[^\s]+)/g;

/** The last bytes of a text, cut at a character. */
export function tailBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let start = bytes.length - maxBytes;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start).toString('utf8');
}

/**
 * Output of untrusted code made fit to leave this machine (it goes to a model, a record, a page): paths of the job
 * become relative, host paths and `NAME=value` settings are masked, control characters go, the last 8 KB stay.
 */
export function redactOutput(text: string): string {
  const plain = cleanText(text);
  // Twice the limit, so that masking can shrink the text and still leave a full tail.
  const masked = tailBytes(plain, MAX_BYTES * 2)
    .replaceAll(/(?:file:\/\/)?\/job\//g, '')
    .replaceAll(HOST_PATH, '[host path]')
    .replaceAll(ENVIRONMENT, '$1=[redacted]');
  return tailBytes(masked, MAX_BYTES);
}
