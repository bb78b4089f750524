import { TransientFailure } from '../errors.ts';
import { Sha } from '../ids.ts';
import type { Mirror } from './mirror.ts';

const READ_TIMEOUT_MS = 300_000;

/** Collects a byte stream and hands it out by line and by length. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) throw new TransientFailure('GIT_FAILED', 'git cat-file ended early');
    this.#held.push(next.value);
    this.#heldBytes += next.value.length;
  }

  async take(length: number): Promise<Buffer> {
    while (this.#heldBytes < length) await this.#more();
    const all = this.#held.length === 1 && this.#held[0] !== undefined ? this.#held[0] : Buffer.concat(this.#held);
    this.#held = [all.subarray(length)];
    this.#heldBytes = all.length - length;
    return Buffer.from(all.subarray(0, length));
  }

  async line(): Promise<string> {
    for (;;) {
      const all = this.#held.length === 1 && this.#held[0] !== undefined ? this.#held[0] : Buffer.concat(this.#held);
      this.#held = [all];
      const end = all.indexOf(10);
      if (end >= 0) return (await this.take(end + 1)).toString('utf8', 0, end);
      await this.#more();
    }
  }
}

/** Streams the contents of blobs in the order asked for, one at a time: memory holds one file, not the tree. */
export async function* readBlobs(mirror: Mirror, objects: readonly Sha[], signal: AbortSignal): AsyncGenerator<Buffer, undefined> {
  if (objects.length === 0) return;
  const stop = new AbortController();
  const child = mirror.stream(['cat-file', '--batch'], {
    input: `${objects.join('\n')}\n`,
    timeoutMs: READ_TIMEOUT_MS,
    signal: AbortSignal.any([signal, stop.signal]),
  });
  try {
    const reader = new ByteReader(child);
    for (const object of objects) {
      const [name, type, size] = (await reader.line()).split(' ');
      if (name !== object || type !== 'blob') throw new TransientFailure('GIT_FAILED', `git cat-file answered ${type ?? 'nothing'} for a file`);
      const content = await reader.take(Number(size));
      await reader.take(1);
      yield content;
    }
  } finally {
    stop.abort();
  }
}

/** One file, for callers that need just that. */
export async function readBlob(mirror: Mirror, object: Sha, signal: AbortSignal): Promise<Buffer> {
  for await (const content of readBlobs(mirror, [object], signal)) return content;
  throw new Error('unreachable: one object was asked for');
}
