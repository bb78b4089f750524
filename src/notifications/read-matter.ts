import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import type { Stage } from '../audit/entry.ts';
import { readIncident } from '../incidents/read-incident.ts';
import type { RunRecord } from '../runs/record.ts';
import { wholePayload } from '../runs/whole-payload.ts';
import type { Database, Run } from '../store/tables.ts';
import type { Channel } from './channel.ts';
import type { Notification } from './outbox.ts';
import { OVERDUE_STAGE, parseReminderSubject } from './reminder-subject.ts';
import { writeMessage } from './write-message.ts';
import { type OverdueReview, writeOverdue } from './write-overdue.ts';
import { type Reminder, writeReminder } from './write-reminder.ts';

const Told = z.object({ waited_min: z.number() });

/** What a notification is about: where it stands on the record, and what each channel is told. */
export type Matter =
  | {
      readonly kind: 'tell';
      readonly stage: Stage;
      readonly n: number;
      readonly cause: Recorded;
      /** For the rationale of its entries: "tell the webhook of …". */
      readonly of: string;
      readonly write: (channel: Channel['name'], serverUrl: string | null) => string;
    }
  /** It was settled before anybody was told. */
  | { readonly kind: 'moot' }
  | { readonly kind: 'missing'; readonly problem: string };

export async function readMatter(
  db: Kysely<Database>,
  run: Run,
  record: RunRecord,
  { subject }: Pick<Notification, 'subject'>,
): Promise<Matter> {
  const reminder = parseReminderSubject(subject);
  if (reminder === null) return readRollback(db, record);
  return reminder.stage === OVERDUE_STAGE ? readOverdue(db, run, record) : readReminder(db, run, record, reminder);
}

async function readRollback(db: Kysely<Database>, record: RunRecord): Promise<Matter> {
  const report = await record.find('canary', 'incident', 'incident_report');
  const incident = report === null ? null : readIncident(await wholePayload(db, report));
  if (report === null || incident === null) return { kind: 'missing', problem: 'there is no incident to tell of' };
  const write = (channel: Channel['name'], serverUrl: string | null) => writeMessage(channel, incident, serverUrl);
  return { kind: 'tell', stage: 'canary', n: 0, cause: report, of: 'the rollback', write };
}

async function readOverdue(db: Kysely<Database>, run: Run, record: RunRecord): Promise<Matter> {
  const cause = await record.find('operator', 'emergency', 'emergency_review_overdue');
  const due = await db
    .selectFrom('slipway.follow_ups')
    .select(['due_at', 'closed_at'])
    .where('run_id', '=', run.id)
    .executeTakeFirst();
  if (cause === null || due === undefined) return { kind: 'missing', problem: 'there is no late review to tell of' };
  if (due.closed_at !== null) return { kind: 'moot' };
  const { repo, pr_number, author, title, head_sha, service, emergency_by, emergency_reason, outcome } = run;
  const overdue: OverdueReview = {
    run_id: run.id,
    service,
    change: { repo, pr_number, author, title, head_sha },
    emergency_by,
    emergency_reason,
    outcome,
    due_at: due.due_at.toISOString(),
    overdue_at: cause.entry.timestamp,
  };
  const write = (channel: Channel['name'], serverUrl: string | null) =>
    writeOverdue(channel, overdue, serverUrl === null ? null : `${serverUrl}/runs/${run.id}#emergency`);
  return { kind: 'tell', stage: OVERDUE_STAGE, n: 0, cause, of: 'an emergency that nobody reviewed', write };
}

async function readReminder(
  db: Kysely<Database>,
  run: Run,
  record: RunRecord,
  { stage, n }: { stage: Stage; n: number },
): Promise<Matter> {
  const cause = await record.find(stage, 'route', 'reminded', n);
  const question = await db
    .selectFrom('slipway.escalations')
    .select(['reasons', 'owners', 'opened_at', 'deadline_at', 'decided_at'])
    .where('run_id', '=', run.id)
    .where('stage', '=', stage)
    .executeTakeFirst();
  if (cause === null || question === undefined) return { kind: 'missing', problem: 'there is no reminder to tell of' };
  if (question.decided_at !== null || run.status === 'finished' || run.stop_kind !== null) return { kind: 'moot' };
  const { repo, pr_number, author, title, head_sha, service } = run;
  const reminder: Reminder = {
    run_id: run.id,
    service,
    change: { repo, pr_number, author, title, head_sha },
    stage,
    reasons: question.reasons,
    owners: question.owners,
    opened_at: question.opened_at.toISOString(),
    deadline_at: question.deadline_at.toISOString(),
    reminded_at: cause.entry.timestamp,
    waited_min: Told.parse(cause.entry.payload).waited_min,
  };
  const write = (channel: Channel['name'], serverUrl: string | null) =>
    writeReminder(channel, reminder, serverUrl === null ? null : `${serverUrl}/runs/${run.id}`);
  return { kind: 'tell', stage, n, cause, of: 'a question that still waits', write };
}
