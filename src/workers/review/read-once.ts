import type { Run } from '../../store/tables.ts';
import type { ReadChange } from '../read-change.ts';

/** Gives what was read of a run's change, from this process's memory where it is fresh there. */
export type ReadOnce = (
  run: Pick<Run, 'id' | 'base_sha' | 'head_sha'>,
  read: () => Promise<ReadChange>,
) => Promise<ReadChange>;

const HELD = 4;

/**
 * A review is entered again after each round of calls and reads the same change each time. The last few readings are held;
 * another replica, or this one later, reads again and finds the same, for a reading follows from its shas.
 */
export function makeReadOnce(): ReadOnce {
  const held = new Map<string, ReadChange>();
  return async (run, read) => {
    const key = `${run.id} ${run.base_sha} ${run.head_sha}`;
    const reading = held.get(key) ?? (await read());
    held.delete(key);
    held.set(key, reading);
    for (const oldest of [...held.keys()].slice(0, -HELD)) held.delete(oldest);
    return reading;
  };
}
