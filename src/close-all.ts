import type { Logger } from './log.ts';

/** In reverse order of opening; one failure does not skip the rest. */
export async function closeAll(closers: (() => Promise<unknown>)[], log: Logger): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close().catch((error: unknown) => log.warn({ err: error }, 'closing failed'));
  }
}
