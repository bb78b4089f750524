import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, type FollowedRun, FollowedStep } from './api-client.ts';
import { CommandFailure } from './command-failure.ts';

/** One step of a run, as it is shown. */
export interface Progress {
  readonly seq: string;
  readonly event: string;
  readonly stage: string;
  readonly outcome: string;
  readonly rationale: string;
  /** ISO date. */
  readonly at: string;
}

export interface FollowOptions<T> {
  /** Looks at the state and says whether to stop; undefined = wait on. */
  readonly decide: (state: FollowedRun) => T | undefined;
  readonly onProgress: (progress: Progress) => void;
  readonly onState?: (state: FollowedRun) => void;
  /** The server is out of reach for now; waiting goes on. */
  readonly onTrouble?: (message: string) => void;
  /** Ends the wait; the rejection is the signal's reason. */
  readonly signal: AbortSignal;
  /** The state is read this often even when the stream is silent. */
  readonly pollMs?: number;
}

const POLL_MS = 2_000;
const MAX_WAIT_MS = 15_000;

/**
 * Follows a run until `decide` says stop. The event stream makes it quick; the state, read after each event and every two
 * seconds, decides. So a lost event, a proxy that buffers streams or a server that restarts delays the answer, never loses it,
 * and each step is shown once, in the record's order.
 */
export async function followRun<T>(
  client: ApiClient,
  id: string,
  options: FollowOptions<T>,
): Promise<{ result: T; state: FollowedRun }> {
  const { decide, onProgress, onState, onTrouble, signal, pollMs = POLL_MS } = options;
  const stop = new AbortController();
  const signals = AbortSignal.any([signal, stop.signal]);
  const bell = makeBell();
  let shown = 0n;
  const show = (progress: Progress) => {
    if (BigInt(progress.seq) <= shown) return;
    shown = BigInt(progress.seq);
    onProgress(progress);
  };

  const streaming = followStream(
    client,
    id,
    { signal: signals, firstWaitMs: pollMs / 4 },
    () => shown,
    (progress) => {
      show(progress);
      bell.ring();
    },
  );
  try {
    for (let failures = 0; ; ) {
      const heard = bell.next();
      const state = await client.readProgress(id, signals).catch((error: unknown) => {
        if (error instanceof CommandFailure && error.transient) return error;
        throw error;
      });
      if (state instanceof CommandFailure) {
        failures += 1;
        onTrouble?.(state.message);
        await sleep(Math.min(MAX_WAIT_MS, pollMs * failures), undefined, { signal: signals });
        continue;
      }
      failures = 0;
      for (const step of state.entries) show(progressOf(step));
      onState?.(state);
      const result = decide(state);
      if (result !== undefined) return { result, state };
      await waitFor(heard, pollMs, signals);
    }
  } finally {
    stop.abort();
    await streaming;
  }
}

/** Never rejects: the stream is a help, the state decides. */
async function followStream(
  client: ApiClient,
  id: string,
  { signal, firstWaitMs }: { signal: AbortSignal; firstWaitMs: number },
  lastSeq: () => bigint,
  onEvent: (progress: Progress) => void,
): Promise<void> {
  for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(MAX_WAIT_MS, waitMs * 2)) {
    try {
      for await (const event of client.events(id, String(lastSeq()), signal)) {
        waitMs = firstWaitMs;
        const step = FollowedStep.safeParse(readJson(event.data));
        if (step.success) onEvent(progressOf(step.data));
      }
    } catch (error) {
      if (error instanceof CommandFailure && !error.transient) return;
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

function progressOf(step: FollowedStep): Progress {
  const { stage, outcome, rationale, event } = step.entry;
  return { seq: step.seq, event: step.name ?? event, stage, outcome, rationale, at: step.recorded_at };
}

async function waitFor(heard: Promise<void>, atMostMs: number, signal: AbortSignal): Promise<void> {
  const timer = new AbortController();
  try {
    await Promise.race([heard, sleep(atMostMs, undefined, { signal: AbortSignal.any([signal, timer.signal]) })]);
  } finally {
    timer.abort();
  }
}

/** A promise that resolves at the next ring; taken before reading the state, so that no event falls in between. */
function makeBell() {
  let ring: () => void = () => undefined;
  return {
    next: () => new Promise<void>((resolve) => void (ring = resolve)),
    ring: () => ring(),
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
