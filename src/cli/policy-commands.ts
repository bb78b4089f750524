import type { CommandEntry } from './command-entry.ts';

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
  {
    name: 'policy simulate',
    summary: 'replay recorded reviews through another policy',
    load: async () => (await import('./policy-simulate.ts')).registerPolicySimulate,
  },
  {
    name: 'policy calibrate',
    summary: 'suggest thresholds from decisions and rollbacks',
    load: async () => (await import('./policy-calibrate.ts')).registerPolicyCalibrate,
  },
  {
    name: 'rollout status',
    summary: 'show how far automation is rolled out',
    load: async () => (await import('./rollout-status.ts')).registerRolloutStatus,
  },
  {
    name: 'rollout advance',
    summary: 'automate a larger share of low-risk changes',
    load: async () => (await import('./rollout-advance.ts')).registerRolloutAdvance,
  },
  {
    name: 'rollout retreat',
    summary: 'automate a smaller share of low-risk changes, at once',
    load: async () => (await import('./rollout-retreat.ts')).registerRolloutRetreat,
  },
  {
    name: 'emergency-review',
    summary: 'record that an emergency was reviewed afterwards',
    load: async () => (await import('./emergency-review.ts')).registerEmergencyReview,
  },
  {
    name: 'audit unaudited',
    summary: 'list commits of target branches that no run brought',
    load: async () => (await import('./audit-unaudited.ts')).registerAuditUnaudited,
  },
];
