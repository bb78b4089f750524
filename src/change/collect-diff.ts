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

/** Where the last file of these bytes begins; 0 when there is only one. */
function startOfLastFile(bytes: Buffer): number {
  const at = bytes.lastIndexOf('\ndiff --');
  return at < 0 ? 0 : at + 1;
}

/**
 * Reads at most `maxBytes` of a diff, up to the end of a file's part. Of every file beyond, only the header is kept, so
 * that it is known to be changed and not read. Memory does not grow with the source.
 */
export async function collectDiff(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<CollectedDiff> {
  const parts: Buffer[] = [];
  let held = 0;
  let scanner: HeaderScanner | null = null;
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (scanner !== null) {
      scanner.scan(bytes);
      continue;
    }
    parts.push(bytes);
    held += bytes.length;
    if (held <= maxBytes) continue;
    const all = Buffer.concat(parts);
    const keep = startOfLastFile(all.subarray(0, maxBytes));
    scanner = new HeaderScanner();
    scanner.scan(all.subarray(keep));
    parts.splice(0, parts.length, Buffer.from(all.subarray(0, keep)));
  }
  const text = decodeDiff(Buffer.concat(parts));
  if (scanner === null) return { text, cut: null };
  const unread = scanner.headers;
  return {
    text: `${text}${unread.map((header) => `${header}\n`).join('')}`,
    cut: `the diff is larger than ${maxBytes} bytes: ${unread.length} changed ${unread.length === 1 ? 'file was' : 'files were'} not read`,
  };
}
