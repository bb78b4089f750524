import { EFFECTS, type Event } from './entry.ts';

/** These touch no production, or tell what was refused or claimed. */
const EVENTS_AFTER_END: ReadonlySet<Event> = new Set<Event>([
  'author_claimed',
  'incident_report',
  'guard_zeroed',
  'incident_opinion',
  'notification.intended',
  'notification.completed',
  'notification.failed',
  'notification_resent',
  'decision_refused',
  'finding_dismissed',
  'reminded',
  'emergency_reviewed',
  'emergency_review_overdue',
]);
const EFFECTS_AFTER_END = new Set(['merge_push']);

/**
 * Whether such an entry may stand behind the end of its run. What came of an effect may be told late, by a replica that slept
 * over the end; what was never intended may not. `audit.append_batch` refuses the others, and knows the same (migration 0035).
 */
export function mayFollowEnd(event: Event): boolean {
  if (EVENTS_AFTER_END.has(event)) return true;
  const dot = event.lastIndexOf('.');
  const effect = EFFECTS.find((name) => name === event.slice(0, dot));
  return effect !== undefined && (EFFECTS_AFTER_END.has(effect) || event.slice(dot + 1) !== 'intended');
}
