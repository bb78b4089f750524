import { LeaseLost } from '../errors.ts';
import { isLeaseHeld, type Lease } from '../store/leases.ts';
import type { Db } from '../store/open-database.ts';

/** How long a lease that was seen to be held is taken to be, in milliseconds: far less than it takes to lose a step. */
const FRESH_MS = 2_000;

/** What a replica must still have at the moment it acts. */
export interface Hold {
  /** Null for what is done under no lease. */
  readonly lease: Lease | null;
  /** The clock of `confirm`. */
  readonly now: () => number;
  /**
   * Asked last before an act. `seenAt` is when the lease was last known to be held, by the monotonic clock; one that was
   * seen too long ago (this replica was stopped, or its look at the world took long) is looked up again.
   * @throws {LeaseLost} when the lease went on or the step is another replica's. {StoreDown}.
   */
  confirm(seenAt: number): Promise<void>;
}

/**
 * What an entry carries that only the holder may write: the statement that appends it refuses it once the lease went on. For
 * intents, and for what depends on the moment it is judged at, which a replica that was overtaken would judge otherwise.
 */
export function fenceOfEntry({ lease }: Pick<Hold, 'lease'>): { lease?: string; fence?: string } {
  return lease === null ? {} : { lease: lease.name, fence: lease.token };
}

export interface HoldOptions {
  readonly db: Db;
  readonly runId: string;
  readonly lease: Lease | null;
  /** Throws {LeaseLost} unless the step is still this replica's, by the monotonic clock. */
  readonly confirmOwner: () => Promise<void>;
  /** Milliseconds that never jump back and go on while the process is stopped. */
  readonly clock?: () => number;
}

export function makeHold({ db, runId, lease, confirmOwner, clock = () => performance.now() }: HoldOptions): Hold {
  return {
    lease,
    now: clock,
    async confirm(seenAt) {
      let seen = seenAt;
      if (lease !== null && clock() - seen > FRESH_MS) {
        seen = clock();
        if (!(await isLeaseHeld(db, lease, runId)))
          throw new LeaseLost(`${lease.name} is not held with fence ${lease.token} any more`);
      }
      await confirmOwner();
      if (lease !== null && clock() - seen > FRESH_MS)
        throw new LeaseLost(`that ${lease.name} is held was confirmed too long ago to act on it`);
    },
  };
}
