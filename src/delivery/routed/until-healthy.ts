import { setTimeout as wait } from 'node:timers/promises';
import { TransientFailure } from '../../errors.ts';
import type { Health } from '../target.ts';

const PAUSE_MS = 250;

/** Asks until production is healthy. @throws {TransientFailure} PROMOTION_STUCK past the limit, with what was said last. */
export async function untilHealthy(ask: () => Promise<Health>, limitMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const health = await ask();
    if (health.up) return;
    if (performance.now() >= deadline)
      throw new TransientFailure(
        'PROMOTION_STUCK',
        `the new version is not healthy in production after ${limitMs / 1000} s (${health.detail}); the canary goes on serving`,
      );
    await wait(PAUSE_MS, undefined, { signal });
  }
}
