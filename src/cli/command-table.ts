import type { CommandEntry } from './command-entry.ts';
import { FLEET_COMMANDS } from './fleet-commands.ts';
import { POLICY_COMMANDS } from './policy-commands.ts';

export const GROUPS: Readonly<Record<string, string>> = {
  fleet: 'look at the fleet and operate it',
  audit: 'read, verify and export the record',
  baseline: 'production’s own figures, which staging is held to',
  canary: 'judge and plan canaries offline',
  incident: 'read what happened when a canary was rolled back',
  notifications: 'what was to be told outside, and to tell it again',
  config: 'check the configuration',
  rollout: 'automate more or fewer low-risk changes',
  policy: 'check, explain, replay and tune the policy',
  token: 'make, list and revoke tokens',
};

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'enqueue',
    summary: 'start the run of a pull request',
    load: async () => (await import('./enqueue.ts')).registerEnqueue,
  },
  { name: 'status', summary: 'list runs, or show one', load: async () => (await import('./status.ts')).registerStatus },
  {
    name: 'watch',
    summary: 'follow a run to its outcome',
    load: async () => (await import('./watch.ts')).registerWatch,
  },
  {
    name: 'approve',
    summary: 'approve a change that waits for a person',
    load: async () => (await import('./approve.ts')).registerApprove,
  },
  {
    name: 'extend',
    summary: 'watch a canary on hold for one more set of windows',
    load: async () => (await import('./extend.ts')).registerExtend,
  },
  {
    name: 'reject',
    summary: 'reject a change that waits for a person',
    load: async () => (await import('./reject.ts')).registerReject,
  },
  {
    name: 'findings',
    summary: 'list what was found in a pull request',
    load: async () => (await import('./findings.ts')).registerFindings,
  },
  {
    name: 'dismiss',
    summary: 'say that a finding is no problem',
    load: async () => (await import('./dismiss.ts')).registerDismiss,
  },
  { name: 'cancel', summary: 'stop a run', load: async () => (await import('./cancel.ts')).registerCancel },
  {
    name: 'inspect',
    summary: 'say what a change does, by code alone',
    load: async () => (await import('./inspect.ts')).registerInspect,
  },
  {
    name: 'rollback',
    summary: 'put the previous version of a service back',
    load: async () => (await import('./rollback.ts')).registerRollback,
  },
  {
    name: 'freeze',
    summary: 'deploy nothing more',
    load: async () => (await import('./freeze.ts')).registerFreeze,
  },
  {
    name: 'unfreeze',
    summary: 'end a freeze',
    load: async () => (await import('./unfreeze.ts')).registerUnfreeze,
  },
  {
    name: 'fleet show',
    summary: 'show replicas, queues and what operators set',
    load: async () => (await import('./fleet-show.ts')).registerFleetShow,
  },
  {
    name: 'fleet set',
    summary: 'change a setting of the whole fleet',
    load: async () => (await import('./fleet-set.ts')).registerFleetSet,
  },
  {
    name: 'fleet front',
    summary: 'move a run to the front',
    load: async () => (await import('./fleet-front.ts')).registerFleetFront,
  },
  {
    name: 'fleet pause',
    summary: 'pause a queue, or all',
    load: async () => (await import('./fleet-pause.ts')).registerFleetPause,
  },
  {
    name: 'fleet resume',
    summary: 'resume a queue, or all',
    load: async () => (await import('./fleet-resume.ts')).registerFleetResume,
  },
  {
    name: 'canary judge',
    summary: 'judge recorded ticks again',
    load: async () => (await import('./canary-judge.ts')).registerCanaryJudge,
  },
  {
    name: 'canary plan',
    summary: 'say what a service’s traffic allows to detect',
    load: async () => (await import('./canary-plan.ts')).registerCanaryPlan,
  },
  {
    name: 'baseline pull',
    summary: 'pull production’s baseline',
    load: async () => (await import('./baseline-pull.ts')).registerBaselinePull,
  },
  {
    name: 'audit show',
    summary: 'show the record of a run',
    load: async () => (await import('./audit-show.ts')).registerAuditShow,
  },
  {
    name: 'incident show',
    summary: 'show why a canary was rolled back',
    load: async () => (await import('./incident-show.ts')).registerIncidentShow,
  },
  {
    name: 'notifications list',
    summary: 'list what was to be told outside',
    load: async () => (await import('./notifications-list.ts')).registerNotificationsList,
  },
  {
    name: 'notifications resend',
    summary: 'send a notification again that was given up',
    load: async () => (await import('./notifications-resend.ts')).registerNotificationsResend,
  },
  {
    name: 'config check',
    summary: 'check slipway.yaml and the environment',
    load: async () => (await import('./config-check.ts')).registerConfigCheck,
  },
  {
    name: 'config schema',
    summary: 'print the JSON schema of slipway.yaml',
    load: async () => (await import('./config-schema.ts')).registerConfigSchema,
  },
  ...POLICY_COMMANDS,
  ...FLEET_COMMANDS,
];
