import { z } from 'zod';
import { ChangedFile, ChangeFacts, ChangeType } from '../change/change.ts';
import { branchOfRecord } from '../policy/branch-record.ts';
import type { PolicyCase } from '../policy/decide-policy.ts';
import { Finding } from '../policy/finding.ts';
import type { PolicyRecord } from '../policy/policy-record.ts';

const Given = z.object({
  inconclusive: z.string().nullable(),
  facts: ChangeFacts,
  change_type: ChangeType,
  files: z.array(ChangedFile),
  problems: z.array(z.string()),
  findings: z.array(Finding),
  score: z.object({ total: z.number() }),
});

/**
 * What the policy was given for a run, from the whole payload of its review, so that it can be decided again. Null where a part of it
 * is not on the record, or has another shape by now. Pure.
 */
export function parsePolicyCase(
  run: { readonly service: string; readonly author: string; readonly emergency: boolean },
  payload: Readonly<Record<string, unknown>>,
  policy: PolicyRecord,
): PolicyCase | null {
  const given = Given.safeParse(payload);
  if (!given.success) return null;
  const { inconclusive, facts, change_type, files, problems, findings, score } = given.data;
  return {
    facts,
    change_type,
    files,
    problems,
    findings,
    score: score.total,
    review: inconclusive === null ? { kind: 'reviewed' } : { kind: 'inconclusive', reason: inconclusive },
    service: run.service,
    author: run.author,
    emergency: run.emergency,
    author_record: policy.author_record,
    branch: branchOfRecord(policy.branch_policy),
    bucket: policy.rollout.bucket,
  };
}
