import { StoreDown } from '../errors.ts';
import type { Logger } from '../log.ts';

/** One that cannot be repaired must not keep the rest from it; a store that is away ends the sweep. */
export async function eachItem<T>(
  { log }: { readonly log: Logger },
  items: readonly T[],
  repair: (item: T) => Promise<void>,
): Promise<void> {
  for (const item of items) {
    try {
      await repair(item);
    } catch (error) {
      if (error instanceof StoreDown) throw error;
      log.error({ err: error, item }, 'the sweeper could not repair one of its items');
    }
  }
}
