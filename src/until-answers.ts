import { setTimeout as wait } from 'node:timers/promises';
import { PermanentFailure } from './errors.ts';

/** Waits until a part that was just started answers 200. @throws when it does not within a minute, or at once when it `ended`. */
export async function untilAnswers(url: string, ended: Promise<string> = new Promise(() => {})): Promise<void> {
  const deadline = AbortSignal.timeout(60_000);
  const over = ended.then((how) => {
    throw new PermanentFailure(
      'PART_ENDED',
      `what was to answer at ${url} ended at once (${how}); its own message says why`,
    );
  });
  over.catch(() => undefined); // it may also end long after it answered
  for (;;) {
    const response = await Promise.race([fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null), over]);
    if (response?.ok) return;
    if (deadline.aborted)
      throw new Error(`${url} did not answer within 60 s${response ? `, last status ${response.status}` : ''}`);
    await Promise.race([wait(100), over]);
  }
}
