import type { CommandEntry } from './command-table.ts';

/** Commands for those who answer for the policy: SREs and compliance. */
export const POLICY_COMMANDS: readonly CommandEntry[] = [
  {
    name: 'policy check',
    summary: 'check a policy and show what holds for each service',
    load: async () => (await import('./policy-check.ts')).registerPolicyCheck,
  },
  {
    name: 'policy explain',
    summary: 'show how the policy decided about a run',
    load: async () => (await import('./policy-explain.ts')).registerPolicyExplain,
  },
];
