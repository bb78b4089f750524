import { Stage } from '../audit/entry.ts';
import { RunId } from '../ids.ts';
import { channelsOf } from '../notifications/channel.ts';
import { putNotifications } from '../notifications/outbox.ts';
import { reminderSubject } from '../notifications/reminder-subject.ts';
import { eachItem } from './each-item.ts';
import { readRun } from './read-run.ts';
import { openRecord } from './record.ts';
import type { SweepDeps } from './run-deps.ts';

/**
 * Reminds of questions that wait longer than the configured times, once for each time. The reminder is on the record, in
 * the log of the fleet, on the inbox and sent to the channels; of several that are due at once only the last is given. Who dies
 * in between does the rest in the next round: the mark on the question comes last, and all before it is done once.
 */
export async function remindPeople(deps: SweepDeps, now: Date): Promise<void> {
  const times = deps.config.escalation.remind_after_min.toSorted((a, b) => a - b);
  const open = await deps.db
    .selectFrom('slipway.escalations as question')
    .innerJoin('slipway.runs as run', 'run.id', 'question.run_id')
    .select([
      'question.run_id',
      'question.stage',
      'question.opened_at',
      'question.reminded',
      'question.question',
      'question.owners',
    ])
    .where('question.decided_at', 'is', null)
    .where('run.status', '!=', 'finished')
    .where('run.stop_kind', 'is', null)
    .execute();
  await eachItem(deps, open, async ({ run_id, stage, opened_at, reminded, question, owners }) => {
    const waitedMin = (now.getTime() - opened_at.getTime()) / 60_000;
    const due = times.filter((minutes) => minutes <= waitedMin).length;
    if (due <= reminded) return;
    const run = await readRun(deps.db, RunId.parse(run_id));
    if (run === null) return;
    const whom = owners.length === 0 ? 'nobody owns what is changed' : `owners: ${owners.join(', ')}`;
    await openRecord(deps.audit, run, deps.config.policy_hash).append({
      stage: Stage.parse(stage),
      step: 'route',
      event: 'reminded',
      n: question * times.length + due - 1,
      rationale: `waits for a person since ${Math.floor(waitedMin)} minutes; ${whom}`,
      outcome: 'reminded',
      payload: { owners, waited_min: Math.floor(waitedMin) },
    });
    const channels = channelsOf(deps.config.env);
    await putNotifications(deps.db, run.id, channels, reminderSubject(Stage.parse(stage), due - 1));
    await deps.db
      .updateTable('slipway.escalations')
      .set({ reminded: due })
      .where('run_id', '=', run_id)
      .where('stage', '=', stage)
      .where('question', '=', question)
      .where('reminded', '<', due)
      .execute();
    const about = { run: run_id, change: `${run.repo}#${run.pr_number}`, stage, owners };
    deps.log.warn({ ...about, waited_min: Math.floor(waitedMin) }, 'a question still waits for a person');
  });
}
