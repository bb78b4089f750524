import { type Kysely, sql } from 'kysely';
import { tidyBudgets } from '../agents/read-budgets.ts';
import { settleInconclusive } from '../agents/settle-call.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Config } from '../config/config.ts';
import { assertControls } from '../fleet/assert-controls.ts';
import { settleControls } from '../fleet/change-control.ts';
import { controlNames } from '../fleet/control.ts';
import { readControls } from '../fleet/read-controls.ts';
import { forgetReplicas } from '../fleet/read-replicas.ts';
import { RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { ApprovalJob } from '../queues/stage-job.ts';
import type { Database } from '../store/tables.ts';
import { closeQuestion, wakeQuestion } from './decide-run.ts';
import { eachItem } from './each-item.ts';
import { readDecision } from './escalate.ts';
import { expireQuestion } from './expire-question.ts';
import { recordOverdue } from './follow-up.ts';
import { lead } from './lead.ts';
import { queueRollback, readOpenRollbacks } from './queue-rollback.ts';
import { readRun } from './read-run.ts';
import { openRecord } from './record.ts';
import { remindPeople } from './remind.ts';
import { supersede } from './settle-rivals.ts';
import { stopRun, wakeRun } from './stop-run.ts';

const SWEEP_EVERY_MS = 10_000;
/** Longer than two heads enqueued at the same moment need to settle between themselves. */
const RIVALS_SETTLED_MS = 30_000;

export interface SweepDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly config: Config;
  readonly log: Logger;
}

/**
 * Ends what waited past its deadline and repeats what was ordered and not heard. Every act is settled by the record or by a
 * first-writer-wins update, so two sweepers at once only do the same thing twice; the lock saves the work.
 */
export async function sweep(deps: SweepDeps, now: Date): Promise<void> {
  await settleControls(deps, controlNames(Object.keys(deps.config.services)));
  await assertControls(deps.queues, await readControls(deps.db), deps.log);
  await forgetReplicas(deps.db);
  await tidyBudgets(deps.db);
  await eachItem(deps, await readOpenRollbacks(deps), (rollback) => queueRollback(deps, rollback));
  await endLateAgentCalls(deps, now);
  await settleQuestions(deps, now);
  await remindPeople(deps, now);
  await recordOverdue(deps, now);
  await repairStops(deps, now);
  await wakeStopped(deps);
}

/** Runs `sweep` on start and every 10 s, on one replica at a time. */
export function startSweeper(deps: SweepDeps): { readonly close: () => Promise<void> } {
  const { queues, log } = deps;
  return lead({
    name: 'sweeper',
    everyMs: SWEEP_EVERY_MS,
    redis: queues.redis,
    work: () => sweep(deps, new Date()),
    log,
  });
}

async function endLateAgentCalls({ db, queues, log }: SweepDeps, now: Date): Promise<void> {
  const late = await db
    .selectFrom('slipway.agent_calls')
    .select(['id'])
    .where('status', '=', 'queued')
    .where('deadline_at', '<=', now)
    .execute();
  for (const call of late) {
    await settleInconclusive(db, call.id, 'deadline');
    log.warn({ call: call.id }, 'agent call ended at its deadline');
  }
  // Asked from the rows, not only of the calls ended just now: a sweeper that died before this would leave a parent waiting.
  const ended = await db
    .selectFrom('slipway.agent_calls as call')
    .innerJoin('slipway.runs as run', 'run.id', 'call.run_id')
    .select('call.id')
    .where('call.reason', '=', 'deadline')
    .where('run.status', '!=', 'finished')
    .execute();
  for (const call of ended) {
    const job = await queues.byName.agents.getJob(call.id);
    // Removing the last child wakes its parent; a job that runs at this moment finds the stored result instead.
    if (job !== undefined && job.finishedOn === undefined) await job.remove().catch(() => undefined);
  }
}

/** Expires what is late, and wakes what was decided but waits on: whoever decided may have died before the wake-up. */
async function settleQuestions(deps: SweepDeps, now: Date): Promise<void> {
  const { db, audit, queues, log } = deps;
  const questions = await db
    .selectFrom('slipway.escalations as question')
    .innerJoin('slipway.runs as run', 'run.id', 'question.run_id')
    .select(['question.run_id', 'question.stage', 'question.question', 'question.deadline_at', 'question.decided_at'])
    .where('run.status', '!=', 'finished')
    .where('run.stop_kind', 'is', null)
    .execute();
  await eachItem(deps, questions, async ({ run_id, stage, question: n, deadline_at, decided_at }) => {
    const run = await readRun(db, RunId.parse(run_id));
    if (run === null) return;
    // A canary looks at the record at each of its ticks.
    if (decided_at !== null && stage === 'canary') return;
    if (decided_at === null) {
      const decision = await readDecision(openRecord(audit, run), ApprovalJob.shape.stage.parse(stage), n);
      if (decision !== null) await closeQuestion(db, run_id, stage, n, decision.entry.outcome);
      else if (deadline_at.getTime() > now.getTime()) return;
      else {
        await expireQuestion(db, audit, run, stage, n);
        log.info({ run: run_id, stage }, 'question expired');
      }
    }
    await wakeQuestion(queues, run_id, stage);
  });
}

/** Who was told to stop while it was between two waits has heard nothing. */
async function wakeStopped(deps: SweepDeps): Promise<void> {
  const stopped = await deps.db
    .selectFrom('slipway.runs')
    .select('id')
    .where('status', '!=', 'finished')
    .where('stop_kind', 'is not', null)
    .execute();
  await eachItem(deps, stopped, ({ id }) => wakeRun(deps.queues, RunId.parse(id)));
}

/**
 * Orders that stand on the record but not on the run, and older heads that a dead enqueue never superseded. By then
 * the order of the rows is the order of the heads: an older head is refused at the door.
 */
async function repairStops(deps: SweepDeps, now: Date): Promise<void> {
  const settled = new Date(now.getTime() - RIVALS_SETTLED_MS);
  const { rows } = await sql<{ older: string; newer: string | null }>`
    select r.id as older, (
      select n.id from slipway.runs n
      where n.repo = r.repo and n.pr_number = r.pr_number and n.dry_run = r.dry_run and n.head_sha <> r.head_sha
        and n.created_at > r.created_at and n.created_at < ${settled} and n.stop_kind is distinct from 'superseded'
      order by n.created_at desc limit 1
    ) as newer
    from slipway.runs r where r.status <> 'finished' and r.stop_kind is null
      and (exists (select from audit.entry e where e.trace_id = r.id and e.event = 'stop_requested')
        or exists (select from slipway.runs n where n.repo = r.repo and n.pr_number = r.pr_number and n.dry_run = r.dry_run
          and n.head_sha <> r.head_sha and n.created_at > r.created_at and n.created_at < ${settled}
          and n.stop_kind is distinct from 'superseded'))`.execute(deps.db);
  await eachItem(deps, rows, async ({ older, newer }) => {
    const run = await readRun(deps.db, RunId.parse(older));
    const by = newer === null ? null : await readRun(deps.db, RunId.parse(newer));
    if (run === null) return;
    deps.log.warn({ run: run.id, newer }, 'a run was to be stopped and was not');
    if (by !== null) await supersede(deps, run, by);
    // The key is taken by the order that was given, so this repeats that one.
    else
      await stopRun(deps, run, {
        kind: 'cancelled',
        reason: 'a recorded order is carried out',
        by: { kind: 'system', id: 'slipway' },
        supersededBy: null,
      });
  });
}
