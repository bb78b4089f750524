import type { Defaulted, Generated, Int8, Timestamp } from './column-types.ts';

/** What was seen of target branches and of the forge, by who looks at them. */

/** How far the target branch of a service has been compared with the record. */
export interface BranchWatchTable {
  service: string;
  branch: string;
  tip: string;
  checked_at: Timestamp;
}

/** How far the open pull requests of a repository have been compared with the runs. */
export interface ForgePollsTable {
  repo: string;
  watched_since: Generated<Timestamp>;
  next_at: Generated<Timestamp>;
  ok_at: Timestamp | null;
  /** Looks in a row that the forge did not answer as it should. */
  failures: Defaulted<number>;
  problem: string | null;
  /** Runs that were started or stopped because no delivery had come. */
  found: Generated<Int8>;
}

/** Projection of the `change.unaudited` entries. */
export interface UnauditedCommitsTable {
  service: string;
  sha: string;
  kind: 'commit' | 'history_rewritten';
  found_at: Timestamp;
}
