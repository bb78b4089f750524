import { z } from 'zod';
import { Digest } from '../ids.ts';
import { AuthorRecord } from './author-record.ts';
import { BranchPolicy } from './branch-policy.ts';
import { CHANGE_CLASSES } from './change-class.ts';

export const LimitTerm = z.strictObject({ label: z.string(), points: z.number() });
export type LimitTerm = z.infer<typeof LimitTerm>;

export const RuleOutcome = z.strictObject({
  expression: z.string(),
  result: z.enum(['no', 'yes', 'unknown', 'error']),
  detail: z.string(),
});
export type RuleOutcome = z.infer<typeof RuleOutcome>;

/** What code would do if nobody but it were asked; a person's decision is compared with it. */
export const Recommendation = z.enum(['approve', 'reject', 'none']);
export type Recommendation = z.infer<typeof Recommendation>;

/** The policy file of a target branch that was heeded. `asks` is null for one that cannot be understood. */
export const BranchPolicyRecord = z.strictObject({
  path: z.string(),
  target_sha: z.string(),
  asks: BranchPolicy.nullable(),
});
export type BranchPolicyRecord = z.infer<typeof BranchPolicyRecord>;

/** How the policy came to its route, as it stands on the record: everything that `policy explain` and the page show. */
export const PolicyRecord = z.strictObject({
  /** The part of the policy that can change the outcome of this change, kept as a blob; approvals bind to it. */
  effective_policy: Digest,
  tier: z.string(),
  classes: z.array(z.enum(CHANGE_CLASSES)),
  risk_score_max: z.number(),
  terms: z.array(LimitTerm),
  notes: z.array(z.string()),
  limits: z.record(z.string(), z.number()),
  author_record: AuthorRecord,
  rules: z.array(RuleOutcome),
  recommendation: Recommendation,
  branch_policy: BranchPolicyRecord.nullable(),
  rollout: z.strictObject({ automated_pct: z.number(), bucket: z.number() }),
});
export type PolicyRecord = z.infer<typeof PolicyRecord>;
