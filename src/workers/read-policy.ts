import type { ChangeRepository, Identity } from '../change/change.ts';
import { Sha } from '../ids.ts';
import type { AuthorRecord } from '../policy/author-record.ts';
import { BRANCH_POLICY_PATHS, type BranchPolicyText, parseBranchPolicy } from '../policy/branch-policy.ts';
import type { PolicySettings } from '../policy/decide-policy.ts';
import { type EffectivePolicy, effectivePolicy } from '../policy/effective-policy.ts';
import { policySettings } from '../policy/policy-settings.ts';
import { rolloutBucket } from '../policy/rollout.ts';
import { readAuthorRecord } from '../runs/read-author-record.ts';
import { readRollout } from '../runs/rollout-state.ts';
import type { Run } from '../store/tables.ts';
import type { Entered, StagePorts } from './enter-stage.ts';

export type PolicyRepository = Pick<ChangeRepository, 'readFile' | 'listFiles'>;

/** All that the policy asks about besides the change itself. */
export interface PolicyInputs {
  readonly settings: PolicySettings;
  readonly branch: BranchPolicyText;
  readonly author_record: AuthorRecord;
  readonly bucket: number;
  readonly emergency: boolean;
  readonly effective: EffectivePolicy;
}

/** Server's configuration, target branch and history, for one run. */
export async function readPolicyInputs(
  ports: StagePorts & { readonly repository: PolicyRepository },
  { run, service }: Pick<Entered, 'run' | 'service'>,
  contributors: readonly Identity[],
  signal: AbortSignal,
): Promise<PolicyInputs> {
  const [branch, rollout, author_record] = await Promise.all([
    readBranchPolicy(ports.repository, service.repository, run, signal),
    readRollout(ports.db, ports.config),
    readAuthorRecord(ports.db, ports.config, run, contributors, ports.now()),
  ]);
  return {
    branch,
    settings: policySettings(ports.config, run.service, rollout.automated_pct),
    author_record,
    emergency: run.emergency_reason !== null,
    bucket: rolloutBucket(run.repo, run.pr_number),
    effective: effectivePolicy(ports.config, run.service, branch),
  };
}

/** The policy that the target branch holds at the run's target sha; never the head's. */
export async function readBranchPolicy(
  repository: PolicyRepository,
  url: string,
  run: Run,
  signal: AbortSignal,
): Promise<BranchPolicyText> {
  const target = Sha.parse(run.target_sha);
  for (const path of BRANCH_POLICY_PATHS) {
    const text = await repository.readFile(url, target, path, signal);
    if (text !== null) return parseBranchPolicy(path, text);
  }
  // A file that is there and cannot be read as text is not the same as none.
  const paths = new Set(await repository.listFiles(url, target, signal));
  const unread = BRANCH_POLICY_PATHS.filter((path) => paths.has(path));
  return unread[0] === undefined
    ? { kind: 'none' }
    : { kind: 'invalid', path: unread[0], problem: 'is binary, or larger than 1 MB' };
}
