import type { RunId } from '../ids.ts';
import type { Entry, EntryKey } from './entry.ts';

declare const committed: unique symbol;

/**
 * Proof that an entry is committed. Only this room can make one, and every effect function takes one:
 * what is not on the record cannot be done.
 */
export interface Receipt {
  readonly [committed]: true;
  /** Place in the log, decimal. */
  readonly seq: string;
  /** Hex. */
  readonly chainHash: string;
}

/** An entry as it stands in the log, with its receipt. */
export interface Recorded {
  readonly receipt: Receipt;
  readonly entry: Entry;
  readonly recordedAt: Date;
}

/** What a caller writes; the log adds version, ids, time and what it knows of the run. */
export interface EntryDraft extends EntryKey {
  readonly actor: Entry['actor'];
  readonly rationale: string;
  readonly outcome: string;
  readonly payload: Record<string, unknown>;
  readonly risk_score?: number | null;
  readonly causation?: Receipt | null;
  /** The model id where a model spoke; appended to agent_version. */
  readonly model?: string;
}

/** What the log copies from the run into each entry. */
export interface RunFacts {
  readonly id: RunId;
  readonly repo: string;
  readonly service: string;
  readonly pr_number: number;
  readonly head_sha: string;
  readonly base_sha: string | null;
  readonly author: string;
  readonly risk_score: number | null;
  readonly policy_hash: string;
  readonly profile: string;
  readonly dry_run: boolean;
}

export interface Appended extends Recorded {
  /** The key was taken: `entry` is the STORED one, whatever the draft said. The caller acts on what is stored. */
  readonly dup: boolean;
}

export interface AuditLog {
  /**
   * Commits one entry, or returns the one that holds its key. `run` is null only for entries that belong to no run.
   * @throws {EntryRefused} when it is not an entry. {LeaseLost} when it names a lease that its run does not hold (any more).
   * {StoreDown} when Postgres did not answer; the entry may be committed all the same, and the same append settles it.
   */
  append(run: RunFacts | null, draft: EntryDraft): Promise<Appended>;
  /**
   * The same for entries that become known together: one statement, one commit, in this order. Each is answered for itself:
   * one that is refused takes no other with it, and is thrown after the rest are on the record.
   */
  appendAll(run: RunFacts | null, drafts: readonly EntryDraft[]): Promise<Appended[]>;
  find(key: EntryKey): Promise<Recorded | null>;
  /** Every entry of a run, in order. */
  list(runId: RunId): Promise<Recorded[]>;
}
