import type { Kysely } from 'kysely';
import type { Recorded } from '../audit/audit-log.ts';
import { Identity } from '../change/change.ts';
import type { Config } from '../config/config.ts';
import { type ApprovalRules, decideApprovals } from '../policy/approval-rules.ts';
import { branchOfRecord } from '../policy/branch-record.ts';
import { effectivePolicy } from '../policy/effective-policy.ts';
import { BranchPolicyRecord, type PolicyRecord } from '../policy/policy-record.ts';
import type { Database, Run } from '../store/tables.ts';
import { findEntry } from './authorise.ts';
import { readClaims } from './read-claims.ts';
import { readPolicyRecord } from './read-policy-record.ts';
import type { RunRecord } from './record.ts';
import { wholePayload } from './whole-payload.ts';

/** What an approval is about. It stands for nothing else. */
export interface Binding {
  readonly head_sha: string;
  readonly base_sha: string | null;
  readonly effective_policy: string;
}

export interface RunApprovalRules extends ApprovalRules {
  /** What a decision made now is bound to. */
  readonly binding: Binding;
  readonly recommendation: PolicyRecord['recommendation'] | null;
}

/** Who may approve a run and what that would mean, by the configuration as it is now and what is on the record. */
export async function readApprovalRules(
  db: Kysely<Database>,
  config: Config,
  record: RunRecord,
  run: Run,
): Promise<RunApprovalRules> {
  const entries = await record.list();
  const policy = await readPolicyRecord(db, entries);
  const review = findEntry(entries, 'review_evaluation', 'review');
  const rules = approvalRulesOf(config, run, {
    branch: readLastBranch(entries, policy),
    claims: await readClaims(db, run),
    contributors: await readContributors(db, record),
    score: review?.entry.risk_score ?? run.risk_score,
  });
  return { ...rules, recommendation: policy?.recommendation ?? null };
}

interface ApprovalFacts {
  readonly branch: BranchPolicyRecord | null;
  /** Whom requests named as author or pusher of the head. */
  readonly claims: readonly string[];
  readonly contributors: readonly Identity[];
  readonly score: number | null;
}

/** The same from what was read already. Pure. */
export function approvalRulesOf(
  config: Config,
  run: Run,
  facts: ApprovalFacts,
): Omit<RunApprovalRules, 'recommendation'> {
  const branch = branchOfRecord(facts.branch);
  const rules = decideApprovals({
    people: config.people,
    approvals: config.approvals,
    branch: branch.kind === 'ok' ? branch.policy : null,
    claimedAuthor: run.author,
    pusher: run.pusher,
    otherClaims: facts.claims,
    contributors: facts.contributors,
    score: facts.score,
    emergencyBy: run.emergency_by,
  });
  const effective_policy = effectivePolicy(config, run.service, branch).digest;
  return { ...rules, binding: { head_sha: run.head_sha, base_sha: run.base_sha, effective_policy } };
}

/** The target branch's policy as it was when people were last asked, else as the review read it. */
export function readLastBranch(entries: readonly Recorded[], policy: PolicyRecord | null): BranchPolicyRecord | null {
  const asked = findEntry(entries, 'escalated')?.entry.payload['branch_policy'];
  const parsed = BranchPolicyRecord.nullable().safeParse(asked);
  return parsed.success ? parsed.data : (policy?.branch_policy ?? null);
}

/** Every author, committer and co-author by git's word in the record; empty where that is not there. */
export async function readContributors(db: Kysely<Database>, record: RunRecord): Promise<Identity[]> {
  const resolved = findEntry(await record.list(), 'change_resolved', 'review');
  return parseContributors(resolved === undefined ? undefined : await wholePayload(db, resolved));
}

/** The same from the payload of `change_resolved`. */
export function parseContributors(payload: Readonly<Record<string, unknown>> | undefined): Identity[] {
  return Identity.array().safeParse(payload?.['contributors']).data ?? [];
}
