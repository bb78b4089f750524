const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `work` with a signal that fires when `signal` does or after `ms`, whichever is first, and leaves no timer behind.
 * Held by hand and not by AbortSignal.any over AbortSignal.timeout: nothing else keeps those two alive, and a deadline
 * that the garbage collector takes is none.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const pass = () => controller.abort(signal.reason);
  const timer = setTimeout(
    () => controller.abort(new DOMException(`nothing came within ${ms} ms`, 'TimeoutError')),
    Math.min(ms, LONGEST_TIMER_MS),
  );
  signal.addEventListener('abort', pass, { once: true });
  if (signal.aborted) pass();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', pass);
  }
}

/** Whether a signal was aborted, or work was, because the time of a deadline was over. */
export function isPastDeadline(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
