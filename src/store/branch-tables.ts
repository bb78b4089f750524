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

/** `not_compared`: what came before this commit was too much to look at. */
export const UNAUDITED_KINDS = ['commit', 'history_rewritten', 'not_compared'] as const;
export type UnauditedKind = (typeof UNAUDITED_KINDS)[number];

/** Projection of the `change.unaudited` entries about single commits. */
export interface UnauditedCommitsTable {
  service: string;
  sha: string;
  /** Earlier versions kept rewritten history here too. */
  kind: Exclude<UnauditedKind, 'not_compared'>;
  found_at: Timestamp;
}

/** Projection of those about the branch: it can be moved to one place more than once. */
export interface BranchMovesTable {
  service: string;
  sha: string;
  kind: Exclude<UnauditedKind, 'commit'>;
  found_at: Timestamp;
}

/** Both of them. */
export interface UnauditedView {
  service: string;
  sha: string;
  kind: UnauditedKind;
  found_at: Timestamp;
}
