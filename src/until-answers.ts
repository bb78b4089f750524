import { setTimeout as wait } from 'node:timers/promises';

/** Waits until a part that was just started answers 200. @throws when it does not within a minute. */
export async function untilAnswers(url: string): Promise<void> {
  const deadline = AbortSignal.timeout(60_000);
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (response?.ok) return;
    if (deadline.aborted) throw new Error(`${url} did not answer within 60 s${response ? `, last status ${response.status}` : ''}`);
    await wait(100);
  }
}
