import { sql } from 'kysely';
import { tidyBudgets } from '../agents/read-budgets.ts';
import { settleInconclusive } from '../agents/settle-call.ts';
import { assertControls } from '../fleet/assert-controls.ts';
import { settleControls } from '../fleet/change-control.ts';
import { controlNames } from '../fleet/control.ts';
import { readControls } from '../fleet/read-controls.ts';
import { forgetReplicas } from '../fleet/read-replicas.ts';
import { RunId } from '../ids.ts';
import { ApprovalJob } from '../queues/stage-job.ts';
import { heldLease } from '../store/leases.ts';
import { closeQuestion, wakeQuestion } from './close-question.ts';
import { eachItem } from './each-item.ts';
import { readDecision } from './escalate.ts';
import { expireQuestion } from './expire-question.ts';
import { recordOverdue } from './follow-up.ts';
import { lead } from './lead.ts';
import { queueRollback, readOpenRollbacks } from './queue-rollback.ts';
import { readRun } from './read-run.ts';
import { openRecord } from './record.ts';
import { remindPeople } from './remind.ts';
import { repairStops } from './repair-stops.ts';
import type { SweepDeps } from './run-deps.ts';
import { wakeRun } from './stop-run.ts';

const SWEEP_EVERY_MS = 10_000;

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
    .where('call.reason', '=', sql.lit('deadline'))
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
  const { db, audit, queues } = deps;
  const questions = await db
    .selectFrom('slipway.escalations as question')
    .innerJoin('slipway.runs as run', 'run.id', 'question.run_id')
    .select(['question.run_id', 'question.stage', 'question.question', 'question.deadline_at', 'question.decided_at'])
    .where('run.status', '!=', 'finished')
    .where('run.stop_kind', 'is', null)
    .execute();
  await eachItem(deps, questions, async ({ run_id, stage, question: n, deadline_at, decided_at }) => {
    // A canary looks at the record at each of its ticks.
    if (decided_at !== null && stage === 'canary') return;
    if (decided_at === null) {
      const known = await readRun(db, RunId.parse(run_id));
      if (known === null) return;
      const decision = await readDecision(openRecord(audit, known), ApprovalJob.shape.stage.parse(stage), n);
      if (decision !== null) await closeQuestion(db, run_id, stage, n, decision.entry.outcome);
      else if (deadline_at.getTime() > now.getTime()) return;
      else if (!(await expire(deps, RunId.parse(run_id), stage, n))) return;
    }
    await wakeQuestion(queues, run_id, stage);
  });
}

/** How old what is known of a run may be when its question is expired, milliseconds: a sweeper that was stopped in between looks again. */
const FRESH_MS = 2_000;

/**
 * Asked last before the entry: a sweeper that was stopped and wakes up may find the run at its end, after which nothing is decided.
 * A canary's question is expired under the lease of its run, as it was put; the record refuses that once the lease went on.
 * @returns whether it is expired now. @throws {LeaseLost} when the lease went on.
 */
async function expire(deps: SweepDeps, id: RunId, stage: string, n: number): Promise<boolean> {
  const { db, audit, log } = deps;
  const askedAt = performance.now();
  const run = await readRun(db, id);
  if (run === null || run.status === 'finished' || run.stop_kind !== null) return false;
  const lease = stage === 'canary' ? await heldLease(db, `canary:${run.service}`, id) : null;
  // It is being ended: who does that takes the question back.
  if (stage === 'canary' && lease === null) return false;
  if (performance.now() - askedAt > FRESH_MS) return expire(deps, id, stage, n);
  await expireQuestion(db, audit, run, stage, n, { lease });
  log.info({ run: id, stage }, 'question expired');
  return true;
}

/** Who was told to stop while it was between two waits has heard nothing. Literals: an index holds just these runs. */
async function wakeStopped(deps: SweepDeps): Promise<void> {
  const stopped = await deps.db
    .selectFrom('slipway.runs')
    .select('id')
    .where('status', '!=', sql.lit('finished'))
    .where('stop_kind', 'is not', null)
    .execute();
  await eachItem(deps, stopped, ({ id }) => wakeRun(deps.queues, RunId.parse(id)));
}
