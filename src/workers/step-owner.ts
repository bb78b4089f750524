import { LeaseLost } from '../errors.ts';

export interface StepOwnerOptions {
  /** How long the lock of a job lasts unless it is extended. */
  readonly lockMs: number;
  /** How long ago the lock was taken, at the most. */
  readonly lockAgeMs: number;
  /** Extends the lock; false when it is not this replica's any more. */
  readonly extend: () => Promise<boolean>;
  /** Aborted when the lock is known to be lost, or the step is to end. */
  readonly signal: AbortSignal;
  /** Milliseconds that never jump back and go on while the process is stopped. */
  readonly clock?: () => number;
}

/** What may pass between the answer and the act; also covers that the store's clock and ours run at different speeds. */
const MARGIN_MS = 2_000;

/** Both throw {LeaseLost} unless the step is still this replica's. */
export interface StepOwner {
  readonly confirm: () => Promise<void>;
  /** What is known without asking Redis, for the very turn of an act that no target can refuse. */
  readonly assertHeld: () => void;
}

/**
 * Answers "is this step still mine?" last before an act. While the lock cannot have run out, by the monotonic clock, that
 * costs nothing; after it, the lock is asked. A replica that was stopped and wakes finds its time over before it can act:
 * the event that its lock was lost comes later than its next line.
 */
export function makeStepOwner(options: StepOwnerOptions): StepOwner {
  const { lockMs, extend, signal, clock = () => performance.now() } = options;
  let certainUntil = clock() - options.lockAgeMs + lockMs - MARGIN_MS;
  return { confirm, assertHeld };

  async function confirm(): Promise<void> {
    if (clock() >= certainUntil) {
      const asked = clock();
      if (await extend()) certainUntil = asked + lockMs - MARGIN_MS;
    }
    assertHeld();
  }

  function assertHeld(): void {
    if (signal.aborted) throw new LeaseLost(`the step was ended: ${String(signal.reason)}`);
    if (clock() >= certainUntil) throw new LeaseLost('the step may be another replica’s by now');
  }
}
