import type { Kysely } from 'kysely';
import type { Recorded } from '../audit/audit-log.ts';
import { RunId } from '../ids.ts';
import { channelsOf } from '../notifications/channel.ts';
import { putNotifications } from '../notifications/outbox.ts';
import { OVERDUE_STAGE, reminderSubject } from '../notifications/reminder-subject.ts';
import { mayDecide } from '../policy/people.ts';
import type { Database, Run } from '../store/tables.ts';
import type { Caller } from './caller.ts';
import { eachItem } from './each-item.ts';
import { readApprovalRules } from './read-approval-rules.ts';
import { readRun } from './read-run.ts';
import { openRecord } from './record.ts';
import type { RunDeps, SweepDeps } from './run-deps.ts';

/** An emergency is reviewed afterwards, within this time of its enqueueing. */
const DUE_AFTER_H = 48;

/** The later review that an emergency owes; null for every other run. */
export interface FollowUp {
  readonly due_at: Date;
  readonly closed_at: Date | null;
  readonly closed_by: string | null;
  readonly reason: string | null;
}

export type FollowUpResult =
  | { kind: 'recorded' }
  | { kind: 'refused'; why: 'nothing_due' | 'not_a_person' | 'wrote_the_change'; detail: string };

/** Notes what an emergency owes. Safe to repeat. */
export async function oweFollowUp(db: Kysely<Database>, run: Run): Promise<void> {
  if (run.emergency_reason === null) return;
  await db
    .insertInto('slipway.follow_ups')
    .values({ run_id: run.id, due_at: new Date(run.created_at.getTime() + DUE_AFTER_H * 3_600_000), closed_at: null })
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .execute();
}

export async function readFollowUp(db: Kysely<Database>, runId: RunId): Promise<FollowUp | null> {
  const row = await db
    .selectFrom('slipway.follow_ups')
    .select(['due_at', 'closed_at', 'closed_by', 'reason'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row ?? null;
}

/** Runs whose later review is due: emergencies that went to production, or still may. The nearest first. */
export async function listFollowUps(db: Kysely<Database>): Promise<{ run: Run; due_at: Date }[]> {
  const rows = await owed(db).selectAll('run').select('due.due_at').orderBy('due.due_at').limit(100).execute();
  return rows.map(({ due_at, ...run }) => ({ run, due_at }));
}

/** Everybody whose yes, to whatever question, let a run go on. Pure. */
export function approversOf(entries: readonly Recorded[]): string[] {
  const yes = entries.filter(
    ({ entry }) =>
      entry.actor.kind === 'human' &&
      (entry.event === 'human_approval' ||
        (entry.event === 'human_decision' && (entry.outcome === 'approve' || entry.outcome === 'extend'))),
  );
  return [...new Set(yes.map(({ entry }) => entry.actor.id))];
}

/** Records that somebody who had no part in it has looked at an emergency afterwards. */
export async function closeFollowUp(
  { db, audit, config }: RunDeps,
  run: Run,
  reason: string,
  caller: Caller,
): Promise<FollowUpResult> {
  const due = await readFollowUp(db, RunId.parse(run.id));
  if (due === null || due.closed_at !== null)
    return { kind: 'refused', why: 'nothing_due', detail: 'this run owes no later review' };
  // Said before anything was deployed, it would be no later review, and none would be owed when it is.
  if (run.status !== 'finished')
    return { kind: 'refused', why: 'nothing_due', detail: 'this run is not over yet: it is reviewed afterwards' };
  const record = openRecord(audit, run, config.policy_hash);
  const { excluded } = await readApprovalRules(db, config, record, run);
  const parts = [
    { people: [run.emergency_by ?? ''], detail: 'who called it an emergency does not review it' },
    // The review asks whether it was right to let it through, which nobody answers about themselves.
    { people: approversOf(await record.list()), detail: 'who approved an emergency does not review it' },
  ];
  for (const { people, detail } of parts) {
    const allowed = mayDecide({ person: caller.person, excluded, alreadyApproved: people });
    if (allowed.kind === 'ok') continue;
    const why = allowed.why === 'not_a_person' ? 'not_a_person' : 'wrote_the_change';
    return { kind: 'refused', why, detail: allowed.why === 'already_approved' ? detail : allowed.detail };
  }
  const { entry, recordedAt } = await record.append({
    stage: 'operator',
    step: 'emergency',
    event: 'emergency_reviewed',
    actor: { kind: 'human', id: caller.person ?? '' },
    rationale: reason,
    outcome: recordedIn(due, new Date()),
    payload: { due: due.due_at.toISOString() },
  });
  await db
    .updateTable('slipway.follow_ups')
    .set({ closed_at: recordedAt, closed_by: entry.actor.id, reason: entry.rationale })
    .where('run_id', '=', run.id)
    .where('closed_at', 'is', null)
    .execute();
  return { kind: 'recorded' };
}

/** Records each review that is late and puts it out for the channels, once. */
export async function recordOverdue(deps: SweepDeps, now: Date): Promise<void> {
  const { db, audit, config, log } = deps;
  const late = await owed(db)
    .select(['run.id', 'due.due_at'])
    .where('due.due_at', '<=', now)
    .where('due.overdue_recorded', '=', false)
    .execute();
  await eachItem(deps, late, async ({ id, due_at }) => {
    const run = await readRun(db, RunId.parse(id));
    if (run === null) return;
    await openRecord(audit, run, config.policy_hash).append({
      stage: 'operator',
      step: 'emergency',
      event: 'emergency_review_overdue',
      rationale: `an emergency was to be reviewed within ${DUE_AFTER_H} hours and was not`,
      outcome: 'overdue',
      payload: { due: due_at.toISOString(), emergency_by: run.emergency_by },
    });
    // The mark comes last: who dies before it is followed by another, and all before it is done once.
    await putNotifications(db, id, channelsOf(config.env), reminderSubject(OVERDUE_STAGE, 0));
    await db.updateTable('slipway.follow_ups').set({ overdue_recorded: true }).where('run_id', '=', id).execute();
    log.error({ run: id, due: due_at }, 'the review of an emergency is overdue');
  });
}

/** What never reached production owes nothing. */
function owed(db: Kysely<Database>) {
  return db
    .selectFrom('slipway.follow_ups as due')
    .innerJoin('slipway.runs as run', 'run.id', 'due.run_id')
    .where('due.closed_at', 'is', null)
    .where((eb) => eb.or([eb('run.outcome', 'is', null), eb('run.outcome', 'in', ['deployed', 'rolled_back'])]));
}

function recordedIn({ due_at }: FollowUp, now: Date): string {
  return now <= due_at ? 'in_time' : 'late';
}
