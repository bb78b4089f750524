import { z } from 'zod';
import type { Receipt } from '../audit/audit-log.ts';
import { Digest, Sha } from '../ids.ts';
import type { BranchWalk } from './first-parents.ts';
import type { RawChange } from './list-changes.ts';

/** One place in the change that a fact rests on. */
export const Evidence = z.strictObject({
  fact: z.string(),
  path: z.string(),
  line: z.int().min(1).nullable(),
  rule: z.string(),
});
export type Evidence = z.infer<typeof Evidence>;

export const ChangeType = z.enum(['bugfix', 'feature', 'refactor', 'docs', 'deps', 'test', 'ci', 'chore']);
export type ChangeType = z.infer<typeof ChangeType>;

/** Found by code, never by a model. null = could not be judged, which policy treats as true. */
export const ChangeFacts = z.strictObject({
  schema_changes_detected: z.boolean().nullable(),
  new_service_integration: z.boolean().nullable(),
  breaking_api_contract: z.boolean().nullable(),
  dependency_changes: z.boolean().nullable(),
  secrets_added: z.boolean().nullable(),
  ci_or_infra_changes: z.boolean().nullable(),
  docs_only: z.boolean().nullable(),
  tests_only: z.boolean().nullable(),
  performance_critical: z.boolean().nullable(),
  compliance_scope: z.boolean().nullable(),
  prompt_injection_suspected: z.boolean().nullable(),
});
export type ChangeFacts = z.infer<typeof ChangeFacts>;
export type FactName = keyof ChangeFacts;

/** Parts of a repository that its owners call out, as globs. Read from the server's configuration, never from the change. */
export interface SensitivePaths {
  readonly performance_critical: readonly string[];
  readonly compliance: readonly string[];
}

export const ChangedFile = z.strictObject({
  path: z.string(),
  previous_path: z.string().nullable(),
  status: z.enum(['added', 'modified', 'deleted', 'renamed', 'mode']),
  binary: z.boolean(),
  added: z.int().min(0),
  removed: z.int().min(0),
});
export type ChangedFile = z.infer<typeof ChangedFile>;

/** What inspecting a change yields: facts with their evidence and what stood in the way. */
export const Inspection = z.strictObject({
  facts: ChangeFacts,
  change_type: ChangeType,
  evidence: z.array(Evidence),
  files: z.array(ChangedFile),
  problems: z.array(z.string()),
});
export type Inspection = z.infer<typeof Inspection>;

/** Someone who touched the change, as git names them. */
export const Identity = z.strictObject({ name: z.string(), email: z.string() });
export type Identity = z.infer<typeof Identity>;

/** A change resolved against its repository: what is merged, into what, by whom. */
export const ResolvedChange = z.strictObject({
  head_sha: Sha,
  target_sha: Sha,
  base_sha: Sha,
  merge_sha: Sha,
  /** Digest of the merge's tree: the artifact. */
  artifact: Digest,
  /** SHA-256 of the PR's own diff (base..head): an approval survives a remade merge only while this is equal. */
  diff_digest: Digest,
  /** Every author, committer and co-author in base..head. */
  contributors: z.array(Identity),
});
export type ResolvedChange = z.infer<typeof ResolvedChange>;

/** Why a change cannot be worked on: the run ends blocked(reason). */
export type Unresolvable = {
  kind: 'unresolvable';
  reason:
    | 'unknown_sha'
    | 'merge_conflict'
    | 'empty_diff'
    | 'no_merge_base'
    | 'several_merge_bases'
    | 'repository_unreachable';
  detail: string;
};

export interface MergeRequest {
  readonly repository: string;
  readonly targetBranch: string;
  readonly headSha: Sha;
  readonly prNumber: number;
  /** Date of the merge commit: the run's creation, so that every machine makes the same commit. */
  readonly at: Date;
  /** Merge onto this commit; undefined = the tip of the target branch now. */
  readonly targetSha?: Sha;
}

/** Git, by sha only: no branch name, path or title of a change ever reaches a command line. */
export interface ChangeRepository {
  /** Fetches target tip and head into the service's mirror and computes the merge. Idempotent: the same inputs give the same merge sha. */
  resolve(request: MergeRequest, signal: AbortSignal): Promise<({ kind: 'resolved' } & ResolvedChange) | Unresolvable>;
  /** Whether this machine holds the commit. A merge is held only where it was made, until it is pushed. */
  holds(repository: string, commit: Sha, signal: AbortSignal): Promise<boolean>;
  /** Tip of the target branch now. */
  targetTip(repository: string, targetBranch: string, signal: AbortSignal): Promise<Sha>;
  /** The unified diff base..head, at most `maxBytes`; null when larger. */
  diff(repository: string, base: Sha, head: Sha, maxBytes: number, signal: AbortSignal): Promise<string | null>;
  /** The changed files as git lists them, with the names of their contents at the head: what the diff's text is checked against. */
  listChanges(repository: string, base: Sha, head: Sha, signal: AbortSignal): Promise<RawChange[]>;
  commitMessages(repository: string, base: Sha, head: Sha, signal: AbortSignal): Promise<string>;
  /** Text of one file at a commit; null when absent, binary or larger than 1 MB. */
  readFile(repository: string, commit: Sha, path: string, signal: AbortSignal): Promise<string | null>;
  /** Paths of all files at a commit. */
  listFiles(repository: string, commit: Sha, signal: AbortSignal): Promise<string[]>;
  /** Lays the tree of a commit out in a fresh directory of this machine and returns it; symlinks that leave the tree are refused. Idempotent by digest. */
  materialise(repository: string, commit: Sha, signal: AbortSignal): Promise<{ digest: Digest; directory: string }>;
  /** The commits that a branch itself went through from `since` to `tip`, at most `max`. */
  firstParents(repository: string, since: Sha, tip: Sha, max: number, signal: AbortSignal): Promise<BranchWalk>;
  /** Whether a commit's tree is what git makes of merging two others, to the byte. */
  isMergeOf(repository: string, commit: Sha, parents: readonly [Sha, Sha], signal: AbortSignal): Promise<boolean>;
  /** True when `ancestor` is reachable from `descendant`; both are fetched when missing. */
  isAncestor(repository: string, ancestor: Sha, descendant: Sha, signal: AbortSignal): Promise<boolean>;
  /** Moves the target branch from `expected` to `next` by compare-and-swap; nothing is pushed without a committed intent. */
  pushTarget(
    receipt: Receipt,
    request: { repository: string; targetBranch: string; expected: Sha; next: Sha },
    signal: AbortSignal,
  ): Promise<'pushed' | 'already_there' | 'moved'>;
}
