import { z } from 'zod';

/** What the record holds, and who vouches for it. */
export const Audit = z.strictObject({
  storage: z.literal('append-only-log').default('append-only-log').describe('The only value there is.'),
  required_fields: z
    .array(
      z.enum([
        'pr_number',
        'author',
        'risk_score',
        'rationale',
        'timestamp',
        'agent_version',
        'policy_hash',
        'head_sha',
        'base_sha',
      ]),
    )
    .default(['pr_number', 'author', 'risk_score', 'rationale', 'timestamp', 'agent_version'])
    .describe('What an auditor relies on. Every entry carries all of these, whichever are listed.'),
  compliance_framework: z
    .string()
    .default('SOC2')
    .describe('Named in exports and part of the policy hash; changes no rule.'),
  checkpoints: z
    .enum(['off', 'on', 'required'])
    .default('off')
    .describe(
      'Whether heads of the record are to be signed by `slipway signer`; then its lag is shown and alarmed. required: nothing becomes production before a checkpoint covers what authorises it.',
    ),
  checkpoint_keys: z
    .array(z.string())
    .max(8)
    .default([])
    .describe(
      'Verification keys of `slipway audit keygen`. With checkpoints: required only their signatures count; name the new one beside the old one before the signer changes its key.',
    ),
  compare_branch_every_h: z
    .number()
    .min(0.1)
    .max(168)
    .default(24)
    .describe('How often workers look for commits on target branches that no run brought.'),
});
