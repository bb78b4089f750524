import type { EffectName, EVENTS, Event } from '../audit/entry.ts';

const NAMES: Record<(typeof EVENTS)[number], string> = {
  run_enqueued: 'pr.opened',
  author_claimed: 'pr.author_claimed',
  change_resolved: 'change.resolved',
  review_evaluation: 'review.complete',
  escalated: 'approval.requested',
  human_approval: 'approval.given',
  human_decision: 'approval.decided',
  decision_refused: 'approval.refused',
  finding_dismissed: 'finding.dismissed',
  test_generation: 'tests.generated',
  staging_measured: 'staging.measured',
  staging_validation: 'staging.validated',
  staging_rejection: 'staging.rejected',
  canary_started: 'canary.started',
  canary_tick: 'canary.tick',
  canary_verdict: 'canary.verdict',
  guard_zeroed: 'canary.guard_zeroed',
  autonomous_rollback: 'canary.rolled_back',
  incident_report: 'canary.incident',
  incident_opinion: 'canary.incident_opinion',
  'notification.intended': 'canary.notification.intended',
  'notification.completed': 'canary.notification.completed',
  'notification.failed': 'canary.notification.failed',
  notification_resent: 'canary.notification.resent',
  production_release: 'release.deployed',
  stop_requested: 'run.stop_requested',
  run_finished: 'run.finished',
  'audit.schema_changed': 'audit.schema_changed',
  token_created: 'token.created',
  token_revoked: 'token.revoked',
  rollout_changed: 'rollout.changed',
  'change.unaudited': 'change.unaudited',
  reminded: 'approval.reminded',
  emergency_reviewed: 'emergency.reviewed',
  emergency_review_overdue: 'emergency.review_overdue',
  fleet_setting: 'fleet.setting',
  queue_brake: 'fleet.brake',
  deploy_freeze: 'fleet.freeze',
  run_fronted: 'run.fronted',
  rollback_ordered: 'release.rollback_ordered',
  production_rollback: 'release.rolled_back',
  rollback_failed: 'release.rollback_failed',
};

const EFFECT_NAMES: Record<EffectName, string> = {
  sandbox_run: 'tests.sandbox',
  staging_deploy: 'staging.deploy',
  staging_teardown: 'staging.teardown',
  base_deploy: 'staging.base_deploy',
  base_teardown: 'staging.base_teardown',
  canary_deploy: 'canary.deploy',
  canary_weight: 'canary.weight',
  canary_stop: 'canary.stop',
  canary_halt: 'canary.halt',
  promotion: 'release.promotion',
  merge_push: 'release.merge',
  rollback_deploy: 'release.rollback_deploy',
  rollback_promotion: 'release.rollback_promotion',
  rollback_stop: 'release.rollback_stop',
};

const byEvent: ReadonlyMap<string, string> = new Map([
  ...Object.entries(NAMES),
  ...Object.entries(EFFECT_NAMES).flatMap(([effect, name]) =>
    ['intended', 'completed', 'failed', 'unknown'].map((phase): [string, string] => [
      `${effect}.${phase}`,
      `${name}.${phase}`,
    ]),
  ),
]);

/** Every name that can appear on the event stream. */
export const EVENT_STREAM_NAMES: readonly string[] = [...new Set(byEvent.values())];

/** What an entry is called on the event stream: `pr.opened`, `review.complete`, `staging.validated`, `canary.*`, `release.*`. */
export function eventName(event: Event): string {
  const name = byEvent.get(event);
  if (name === undefined) throw new Error(`no event name for ${event}`);
  return name;
}
