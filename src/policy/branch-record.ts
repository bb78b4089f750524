import type { BranchPolicyText } from './branch-policy.ts';
import type { BranchPolicyRecord } from './policy-record.ts';

/** A target branch's policy as it is recorded. */
export function branchRecord(branch: BranchPolicyText, targetSha: string | null): BranchPolicyRecord | null {
  if (branch.kind === 'none') return null;
  return { path: branch.path, target_sha: targetSha ?? '', asks: branch.kind === 'ok' ? branch.policy : null };
}

/** And back: what is recorded stands for what was read. */
export function branchOfRecord(record: BranchPolicyRecord | null): BranchPolicyText {
  if (record === null) return { kind: 'none' };
  return record.asks === null
    ? { kind: 'invalid', path: record.path, problem: 'could not be understood' }
    : { kind: 'ok', path: record.path, policy: record.asks };
}
