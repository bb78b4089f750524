import { setImmediate as nextTurn } from 'node:timers/promises';

/** What one caller hands in: texts that are written together and in this order, with what is done once they are. */
interface Group<A, R> {
  readonly bodies: readonly string[];
  readonly bytes: number;
  readonly settle: (answers: A[]) => R;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** What came of a group: its answers, or why it has none. Until it is told, its caller waits. */
interface Outcome<A> {
  readonly group: Group<A, unknown>;
  readonly answers: A[] | { readonly error: unknown };
}

export interface GroupCommitOptions<A> {
  /** One statement that is committed when it returns: an answer for each text, in order. */
  readonly send: (bodies: readonly string[]) => Promise<readonly A[]>;
  /** Says of a failed statement that nothing is known of it: then it must not be sent again in pieces. */
  readonly isUncertain: (error: unknown) => boolean;
  /** Bounds of one statement. A group that is larger goes alone. */
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Where more texts than this wait and nothing is in flight, half of them leave first, while that pays. Never by default. */
  readonly halveAbove?: number;
  /** In milliseconds; monotonic. */
  readonly clock?: () => number;
  /** After the `settle` of every group of a statement, before any of their callers goes on. */
  readonly settled?: () => void;
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
 * once, with those that are handed in at the same moment; under load a statement carries many, and the cost of a commit is
 * shared. One in flight keeps the answers in order, and a statement whose answer is lost leaves no other in doubt.
 *
 * What callers do from their answer until they come back takes this process's time, and a statement the server's and the disk's.
 * Where the former is no small part, both go on at once: the next statement leaves first, and only then do the callers of the
 * answered one go on. Many callers that all come back at the same moment would leave nothing to send meanwhile; they are
 * parted into two halves, which then take turns by themselves. Where a statement takes much longer than its callers (a slow
 * disk), it is better shared by all of them: they go on first, and the next one waits until they are back.
 */
export function makeGroupCommit<A>(options: GroupCommitOptions<A>): GroupCommit<A> {
  const clock = options.clock ?? (() => performance.now());
  const waiting: Group<A, unknown>[] = [];
  let running = false;
  /** As it was the last time; until something was measured it is tried. */
  let overlapPays = true;

  async function pump(): Promise<void> {
    if (running) return;
    running = true;
    try {
      // Behind everything that goes on at this very moment: those who were answered together ask together. Costs no turn.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      let sentAt = clock();
      let inFlight = sendNext(options.halveAbove);
      while (inFlight !== undefined) {
        const outcomes = await inFlight;
        const answeredAt = clock();
        const tookMs = answeredAt - sentAt;
        sentAt = answeredAt;
        inFlight = overlapPays ? sendNext() : undefined;
        // A turn for the statement to reach the wire.
        if (inFlight !== undefined) await nextTurn();
        const toldAt = clock();
        tell(outcomes, options);
        if (outcomes.length === 1 && waiting.length === 0) continue;
        // Who was answered comes back within this turn, and what it brings belongs into the next statement too.
        await nextTurn();
        overlapPays = clock() - toldAt >= tookMs / 2;
        sentAt = inFlight === undefined ? clock() : sentAt;
        inFlight ??= sendNext(overlapPays ? options.halveAbove : undefined);
      }
    } finally {
      running = false;
    }
  }

  function sendNext(halveAbove = Number.POSITIVE_INFINITY): Promise<Outcome<A>[]> | undefined {
    const batch = takeBatch(waiting, { ...options, halveAbove });
    return batch.length === 0 ? undefined : sendBatch(batch);
  }

  /** Never rejects. */
  async function sendBatch(batch: readonly Group<A, unknown>[]): Promise<Outcome<A>[]> {
    let answers: readonly A[];
    try {
      answers = await options.send(batch.flatMap(({ bodies }) => bodies));
    } catch (error) {
      if (batch.length === 1 || options.isUncertain(error))
        return batch.map((group) => ({ group, answers: { error } }));
      // The statement was refused as a whole, so nothing of it stands: each on its own finds out which one it was.
      const outcomes: Outcome<A>[] = [];
      for (const group of batch) outcomes.push(...(await sendBatch([group])));
      return outcomes;
    }
    let at = 0;
    return batch.map((group) => ({ group, answers: answers.slice(at, (at += group.bodies.length)) }));
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

function tell<A>(outcomes: readonly Outcome<A>[], { settled }: GroupCommitOptions<A>): void {
  for (const { group, answers } of outcomes) {
    if ('error' in answers) {
      group.reject(answers.error);
      continue;
    }
    try {
      group.resolve(group.settle(answers));
    } catch (error) {
      group.reject(error);
    }
  }
  settled?.();
}

function takeBatch<G extends { bodies: readonly string[]; bytes: number }>(
  waiting: G[],
  { maxEntries, maxBytes, halveAbove }: { maxEntries: number; maxBytes: number; halveAbove: number },
): G[] {
  const all = waiting.reduce((sum, { bodies }) => sum + bodies.length, 0);
  const most = Math.min(maxEntries, all > halveAbove ? Math.ceil(all / 2) : all);
  let entries = 0;
  let bytes = 0;
  const end = waiting.findIndex((group, index) => {
    entries += group.bodies.length;
    bytes += group.bytes;
    return index > 0 && (entries > most || bytes > maxBytes);
  });
  return waiting.splice(0, end < 0 ? waiting.length : end);
}
