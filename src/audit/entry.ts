import { z } from 'zod';
import { Digest, RunId, Sha } from '../ids.ts';

/** Every event that may stand in the record. `<effect>.intended` comes before the act, one of the outcomes after it. */
export const EVENTS = [
  'run_enqueued',
  'author_claimed',
  'change_resolved',
  'review_evaluation',
  'escalated',
  'human_approval',
  'human_decision',
  'decision_refused',
  'finding_dismissed',
  'test_generation',
  'staging_measured',
  'staging_validation',
  'staging_rejection',
  'canary_started',
  'canary_tick',
  'canary_verdict',
  'guard_zeroed',
  'autonomous_rollback',
  'incident_report',
  'incident_opinion',
  'notification.intended',
  'notification.completed',
  'notification.failed',
  'notification_resent',
  'production_release',
  'stop_requested',
  'run_finished',
  'audit.schema_changed',
  'token_created',
  'token_revoked',
  'rollout_changed',
  'change.unaudited',
  'reminded',
  'emergency_reviewed',
  'emergency_review_overdue',
  'fleet_setting',
  'queue_brake',
  'deploy_freeze',
  'run_fronted',
  'rollback_ordered',
  'production_rollback',
  'rollback_failed',
] as const;

export const EFFECTS = [
  'sandbox_run',
  'staging_deploy',
  'staging_teardown',
  'base_deploy',
  'base_teardown',
  'canary_deploy',
  'canary_weight',
  'canary_stop',
  'canary_halt',
  'promotion',
  'merge_push',
  'rollback_deploy',
  'rollback_promotion',
  'rollback_stop',
] as const;
export type EffectName = (typeof EFFECTS)[number];

const PHASES = ['intended', 'completed', 'failed', 'unknown'] as const;
type EffectEvent = `${EffectName}.${(typeof PHASES)[number]}`;

const effectEvents = EFFECTS.flatMap((effect) => PHASES.map((phase): EffectEvent => `${effect}.${phase}`));
export const Event = z.enum([...EVENTS, ...effectEvents]);
export type Event = z.infer<typeof Event>;

export const Stage = z.enum(['review', 'test-gen', 'staging', 'canary', 'release']);
export type Stage = z.infer<typeof Stage>;

export const Outcome = z.enum(['deployed', 'rolled_back', 'blocked', 'rejected', 'superseded', 'cancelled', 'failed']);
export type Outcome = z.infer<typeof Outcome>;

const Actor = z.strictObject({
  kind: z.enum(['agent', 'human', 'system']),
  /** A person, a model id, or the part of Slipway that acted. */
  id: z.string().min(1).max(200),
});

/**
 * What makes an entry itself: the same key can be recorded once only, so a step that runs twice finds its first decision.
 * `stage` is the stage's name, or `enqueue` and `operator` for what happens outside the flow.
 */
export const EntryKey = z.strictObject({
  run_id: RunId.nullable(),
  stage: z.enum([...Stage.options, 'enqueue', 'operator']),
  step: z.string().regex(/^[a-z][a-z0-9_.-]{0,60}$/),
  event: Event,
  n: z.int().min(0),
});
export type EntryKey = z.infer<typeof EntryKey>;

/** One audit record. Its RFC 8785 text is the leaf of the chain. */
export const Entry = EntryKey.extend({
  v: z.literal(1),
  entry_id: z.uuid(),
  /** = run_id; the source's correlation id. All zeros for entries that belong to no run. */
  trace_id: z.string().regex(/^[0-9a-f]{32}$/),
  repo: z.string().max(200).nullable(),
  service: z.string().max(40).nullable(),
  pr_number: z.int().min(1).nullable(),
  head_sha: Sha.nullable(),
  base_sha: Sha.nullable(),
  author: z.string().max(200).nullable(),
  actor: Actor,
  risk_score: z.number().min(0).max(10).nullable(),
  rationale: z.string().min(1).max(4000),
  /** When it was written by its author's clock; `recorded_at` beside it is the database's. */
  timestamp: z.iso.datetime({ precision: 3 }),
  /** Slipway's version, and the model id where a model spoke. */
  agent_version: z.string().min(1).max(200),
  policy_hash: Digest.nullable(),
  /** For run_finished: the run's outcome. For the others: what came of it, in a word. */
  outcome: z.string().min(1).max(60),
  profile: z.enum(['production', 'demo']),
  dry_run: z.boolean(),
  /** seq of the entry that authorised this one. */
  causation_seq: z.string().regex(/^\d+$/).nullable(),
  payload: z.record(z.string(), z.json()),
  /** True when free text held what may not be stored (control characters, lone surrogates) and was replaced. */
  sanitised: z.boolean(),
});
export type Entry = z.infer<typeof Entry>;
