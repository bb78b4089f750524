import { setImmediate as nextTurn } from 'node:timers/promises';

/** What one caller hands in: texts that are written together and in this order, with what is done once they are. */
interface Group<A, R> {
  readonly bodies: readonly string[];
  readonly bytes: number;
  readonly settle: (answers: A[]) => R;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export interface GroupCommitOptions<A> {
  /** One statement that is committed when it returns: an answer for each text, in order. */
  readonly send: (bodies: readonly string[]) => Promise<readonly A[]>;
  /** Says of a failed statement that nothing is known of it: then it must not be sent again in pieces. */
  readonly isUncertain: (error: unknown) => boolean;
  /** Bounds of one statement. A group that is larger goes alone. */
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export interface GroupCommit<A> {
  /**
   * Resolves with what `settle` made of the answers. `settle` runs in the order of the statements and, within one, of the
   * groups; it may throw, which rejects this group only.
   */
  commit<R>(bodies: readonly string[], settle: (answers: A[]) => R): Promise<R>;
}

/**
 * Group commit: while one statement is in flight, what arrives is gathered and goes into the next one. A lone text goes at
 * once, with those that are handed in at the same moment; under load a statement carries many, and the cost of a commit is shared. One in flight keeps the answers in order.
 */
export function makeGroupCommit<A>(options: GroupCommitOptions<A>): GroupCommit<A> {
  const waiting: Group<A, unknown>[] = [];
  let inFlight = false;

  async function pump(): Promise<void> {
    if (inFlight) return;
    inFlight = true;
    try {
      // Behind everything that goes on at this very moment: those who were answered together ask together. Costs no turn.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      for (;;) {
        const batch = takeBatch(waiting, options);
        if (batch.length === 0) return;
        await sendBatch(batch);
        // Who was answered comes back within this turn, and what it brings belongs into the next statement too.
        if (batch.length > 1 || waiting.length > 0) await nextTurn();
      }
    } finally {
      inFlight = false;
    }
  }

  async function sendBatch(batch: readonly Group<A, unknown>[]): Promise<void> {
    let answers: readonly A[];
    try {
      answers = await options.send(batch.flatMap(({ bodies }) => bodies));
    } catch (error) {
      // The statement was refused as a whole, so nothing of it stands: each on its own finds out which one it was.
      if (batch.length > 1 && !options.isUncertain(error)) for (const group of batch) await sendBatch([group]);
      else for (const group of batch) group.reject(error);
      return;
    }
    let at = 0;
    for (const group of batch) {
      const own = answers.slice(at, (at += group.bodies.length));
      try {
        group.resolve(group.settle(own));
      } catch (error) {
        group.reject(error);
      }
    }
  }

  return {
    commit: <R>(bodies: readonly string[], settle: (answers: A[]) => R) =>
      new Promise<R>((resolve, reject) => {
        const bytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0);
        waiting.push({ bodies, bytes, settle, resolve: resolve as (result: unknown) => void, reject });
        void pump();
      }),
  };
}

function takeBatch<G extends { bodies: readonly string[]; bytes: number }>(
  waiting: G[],
  { maxEntries, maxBytes }: { maxEntries: number; maxBytes: number },
): G[] {
  let entries = 0;
  let bytes = 0;
  const end = waiting.findIndex((group, index) => {
    entries += group.bodies.length;
    bytes += group.bytes;
    return index > 0 && (entries > maxEntries || bytes > maxBytes);
  });
  return waiting.splice(0, end < 0 ? waiting.length : end);
}
