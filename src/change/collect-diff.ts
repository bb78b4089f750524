/** A diff as text, however long its source is: what is past the limit is named, not read. */
export interface CollectedDiff {
  readonly text: string;
  /** Why it was not read whole; null when it was. */
  readonly cut: string | null;
}

const HEADER = Buffer.from('diff --');
const NEWLINE = 10;
/** Names longer than this are no names. */
const MAX_HEADER_BYTES = 10_000;

/** Decodes what patches are written in: UTF-8, and UTF-16 where a mark says so. Bytes of older encodings become U+FFFD. */
function decodeDiff(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return normalise(new TextDecoder('utf-16le').decode(bytes));
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return normalise(new TextDecoder('utf-16be').decode(bytes));
  return normalise(new TextDecoder('utf-8').decode(bytes));
}

/** A patch whose own lines end in CR LF went through a mailer or an editor; where only contents do, they are left alone. */
function normalise(text: string): string {
  const converted = /^(?:diff --(?:git|cc|combined) [^\n]*|--- [^\n]*|@@ -[^\n]*)\r$/m.test(text.slice(0, 20_000));
  return converted ? text.replaceAll('\r\n', '\n') : text;
}

/** Hands the file headers of a stream to `found`, holding no more than one line. */
class HeaderScanner {
  #line = '';
  #skipping = false;
  readonly headers: string[] = [];

  scan(bytes: Buffer): void {
    let from = 0;
    while (from < bytes.length) {
      const end = bytes.indexOf(NEWLINE, from);
      const part = bytes.subarray(from, end < 0 ? bytes.length : end);
      if (!this.#skipping) {
        const room = MAX_HEADER_BYTES - this.#line.length;
        this.#line += part.subarray(0, room).toString('latin1');
        if (this.#line.length >= HEADER.length && !this.#line.startsWith('diff --')) this.#skipping = true;
      }
      if (end < 0) return;
      if (!this.#skipping && this.#line.startsWith('diff --'))
        this.headers.push(Buffer.from(this.#line, 'latin1').toString('utf8'));
      this.#line = '';
      this.#skipping = false;
      from = end + 1;
    }
  }
}

/** Where each file's part begins. */
function sectionStarts(bytes: Buffer): number[] {
  const starts = [0];
  for (let at = bytes.indexOf('\ndiff --'); at >= 0; at = bytes.indexOf('\ndiff --', at + 1)) starts.push(at + 1);
  return starts;
}

/** Keeps as many files whole as fit, the smallest first: a few large generated ones must not hide all others. */
function keepSmallest(bytes: Buffer, maxBytes: number, scanner: HeaderScanner): Buffer[] {
  const starts = sectionStarts(bytes);
  const sections = starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
  const kept = new Set<Buffer>();
  let room = maxBytes;
  for (const section of sections.toSorted((a, b) => a.length - b.length)) {
    room -= section.length;
    if (room < 0) break;
    kept.add(section);
  }
  for (const section of sections) {
    if (!kept.has(section)) scanner.scan(section);
  }
  return sections.filter((section) => kept.has(section));
}

/**
 * Reads a diff into at most `maxBytes` of text, by whole files. Of every file that does not fit only the header is kept,
 * so that it is known to be changed and not read. Past `maxHeldBytes` of the source only headers are looked for, so that
 * memory does not grow with it.
 */
export async function collectDiff(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  maxHeldBytes = 40_000_000,
): Promise<CollectedDiff> {
  const parts: Buffer[] = [];
  let held = 0;
  let keptEarly: Buffer[] | null = null;
  const scanner = new HeaderScanner();
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (keptEarly !== null) {
      scanner.scan(bytes);
      continue;
    }
    parts.push(bytes);
    held += bytes.length;
    if (held <= maxHeldBytes) continue;
    // The file that is cut here is not whole: it is left to the scanner.
    const all = Buffer.concat(parts);
    const cut = sectionStarts(all).at(-1) ?? 0;
    keptEarly = keepSmallest(all.subarray(0, cut), maxBytes, scanner).map((section) => Buffer.from(section));
    parts.length = 0;
    scanner.scan(all.subarray(cut));
  }
  if (keptEarly === null && held <= maxBytes) return { text: decodeDiff(Buffer.concat(parts)), cut: null };
  const kept = keptEarly ?? keepSmallest(Buffer.concat(parts), maxBytes, scanner);
  const unread = scanner.headers;
  return {
    text: `${decodeDiff(Buffer.concat(kept))}${unread.map((header) => `${header}\n`).join('')}`,
    cut: `the diff is larger than ${maxBytes} bytes: ${unread.length} changed ${unread.length === 1 ? 'file was' : 'files were'} not read`,
  };
}
