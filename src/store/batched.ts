import { StoreDown } from '../errors.ts';
import { type GroupCommit, makeGroupCommit } from './group-commit.ts';
import { perDatabase } from './per-database.ts';

const MAX_ITEMS = 200;
const MAX_BYTES = 1024 * 1024;

/**
 * Statements of one kind that many steps of this process send at the same time, as one: `send` takes all that wait and
 * answers each, in order. A lone one goes at once; under load the round trips and the commits are shared. Everything sent
 * this way may be repeated: where a statement is refused as a whole, its parts are sent again on their own.
 */
export function batched<D extends object, A>(
  send: (db: D, items: readonly string[]) => Promise<readonly A[]>,
): (db: D, item: string) => Promise<A> {
  const of = perDatabase<D, GroupCommit<A>>((db) =>
    makeGroupCommit<A>({
      send: (items) => send(db, items),
      isUncertain: (error) => error instanceof StoreDown,
      maxEntries: MAX_ITEMS,
      maxBytes: MAX_BYTES,
    }),
  );
  return (db, item) =>
    of(db).commit([item], ([answer]) => {
      if (answer === undefined) throw new Error('a batched statement left an item without an answer');
      return answer;
    });
}
