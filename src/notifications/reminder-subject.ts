import { Stage } from '../audit/entry.ts';
import type { Notification } from './outbox.ts';

/** The n-th reminder (from 0) of the question that a stage asks, as a subject of the outbox. */
export function reminderSubject(stage: Stage, n: number): Notification['subject'] {
  return `reminder.${stage}.${n}`;
}

/** The one reminder of an emergency that nobody reviewed: the stage in which no question is put. */
export const OVERDUE_STAGE = 'release' satisfies Stage;

/** Null for what is told of something else. */
export function parseReminderSubject(subject: Notification['subject']): { stage: Stage; n: number } | null {
  const [, stage, n] = /^reminder\.([a-z-]+)\.(\d+)$/.exec(subject) ?? [];
  const known = Stage.safeParse(stage);
  return known.success ? { stage: known.data, n: Number(n) } : null;
}
