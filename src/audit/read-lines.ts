import { createReadStream } from 'node:fs';

/** An entry's line is at most about 130 kB; what is longer is no line of ours. */
const MAX_LINE = 1024 * 1024;

/**
 * The lines of a file, split at line feeds only. (node:readline also splits at U+2028 and U+2029, which JSON text may
 * hold as they are.) A line that is too long is given cut short.
 */
export async function* readLines(file: string): AsyncGenerator<string> {
  let rest = '';
  let tooLong = false;
  for await (const chunk of createReadStream(file, 'utf8')) {
    const parts = `${rest}${String(chunk)}`.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      if (!tooLong) yield part;
      tooLong = false;
    }
    if (rest.length <= MAX_LINE) continue;
    if (!tooLong) yield rest.slice(0, MAX_LINE);
    tooLong = true;
    rest = '';
  }
  if (rest !== '' && !tooLong) yield rest;
}
