import { TransientFailure } from '../errors.ts';
import { Sha } from '../ids.ts';
import type { Git } from './run-git.ts';

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
export async function* readBlobs(
  git: Git,
  objects: readonly Sha[],
  signal: AbortSignal,
): AsyncGenerator<Buffer, undefined> {
  if (objects.length === 0) return;
  const stop = new AbortController();
  const child = git.stream(['cat-file', '--batch'], {
    input: `${objects.join('\n')}\n`,
    timeoutMs: READ_TIMEOUT_MS,
    signal: AbortSignal.any([signal, stop.signal]),
  });
  try {
    const reader = new ByteReader(child);
    for (const object of objects) {
      const [name, type, size] = (await reader.line()).split(' ');
      if (name !== object || type !== 'blob')
        throw new TransientFailure('GIT_FAILED', `git cat-file answered ${type ?? 'nothing'} for a file`);
      const content = await reader.take(Number(size));
      await reader.take(1);
      yield content;
    }
  } finally {
    stop.abort();
    await child.return(undefined).catch(() => undefined);
  }
}

interface Asked {
  readonly object: Sha;
  readonly resolve: (content: Buffer) => void;
  readonly reject: (reason: unknown) => void;
}

async function answer(git: Git, asked: readonly Asked[], signal: AbortSignal): Promise<void> {
  let at = 0;
  try {
    const contents = readBlobs(
      git,
      asked.map(({ object }) => object),
      signal,
    );
    for await (const content of contents) {
      asked[at]?.resolve(content);
      at += 1;
    }
  } catch (error) {
    for (const { reject } of asked.slice(at)) reject(error);
  }
}

/** Reads single blobs; those asked for in one turn of the event loop, under one signal, share one git process. */
export function makeBlobReader(): (git: Git, object: Sha, signal: AbortSignal) => Promise<Buffer> {
  const waiting = new Map<AbortSignal, Map<Git, Asked[]>>();
  return function readBlob(git, object, signal) {
    return new Promise((resolve, reject) => {
      const byGit = waiting.get(signal) ?? new Map<Git, Asked[]>();
      const asked = byGit.get(git) ?? [];
      asked.push({ object, resolve, reject });
      byGit.set(git, asked);
      if (waiting.has(signal)) return;
      waiting.set(signal, byGit);
      setImmediate(() => {
        waiting.delete(signal);
        for (const [place, all] of byGit) void answer(place, all, signal);
      });
    });
  };
}
