import type { Kysely } from 'kysely';
import { settleInconclusive } from '../agents/call-agent.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Config } from '../config/config.ts';
import { RunId } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { Queues } from '../queues/connections.ts';
import { approvalJobId, stageJobId } from '../queues/job-ids.ts';
import { QUEUE_PREFIX } from '../queues/registry.ts';
import type { Database } from '../store/tables.ts';
import { startRun } from './enqueue-run.ts';
import { expireQuestion } from './expire-question.ts';
import { readRun } from './read-run.ts';
import { wakeRun } from './stop-run.ts';

const SWEEP_EVERY_MS = 10_000;
const LEADER_KEY = `${QUEUE_PREFIX}:sweeper`;

export interface SweepDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
  readonly config: Config;
  readonly log: Logger;
}

/**
 * Ends what waited past its deadline and repairs what Redis forgot. Every act is settled by the record or by a
 * first-writer-wins update, so two sweepers at once only do the same thing twice; the lock saves the work.
 */
export async function sweep(deps: SweepDeps, now: Date): Promise<void> {
  await assertAgentCap(deps.queues, deps.config, deps.log);
  await endLateAgentCalls(deps, now);
  await endLateQuestions(deps, now);
  await repairRuns(deps, now);
}

/** Runs `sweep` on start and every 10 s, on one replica at a time. */
export function startSweeper(deps: SweepDeps): { close(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const tick = () => {
    running = running
      .then(async () => {
        const leader = await deps.queues.redis.set(LEADER_KEY, 'taken', 'PX', SWEEP_EVERY_MS - 1_000, 'NX');
        if (leader === 'OK') await sweep(deps, new Date());
      })
      .catch((error: unknown) => deps.log.warn({ err: error }, 'sweep failed, the next one tries again'));
  };
  tick();
  const timer = setInterval(tick, SWEEP_EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}

/** The fleet's cap lives in Redis and is lost with it: it is set again whenever it is not what it should be. */
export async function assertAgentCap(queues: Queues, config: Config, log: Logger): Promise<void> {
  const wanted = config.orchestration.max_concurrent_agents;
  const current = await queues.byName.agents.getGlobalConcurrency();
  if (current === wanted) return;
  await queues.byName.agents.setGlobalConcurrency(wanted);
  log.info({ from: current, to: wanted }, 'agent cap set');
}

async function endLateAgentCalls({ db, queues, log }: SweepDeps, now: Date): Promise<void> {
  const late = await db.selectFrom('slipway.agent_calls').select(['id', 'run_id']).where('status', '=', 'queued').where('deadline_at', '<=', now).execute();
  for (const call of late) {
    await settleInconclusive(db, call.id, 'deadline');
    log.warn({ call: call.id }, 'agent call ended at its deadline');
    const job = await queues.byName.agents.getJob(call.id);
    // Removing the last child wakes its parent; a job that runs at this moment finds the stored result instead.
    await job?.remove().catch(() => undefined);
  }
}

async function endLateQuestions({ db, audit, queues, log }: SweepDeps, now: Date): Promise<void> {
  const late = await db.selectFrom('slipway.escalations').select(['run_id', 'stage']).where('decided_at', 'is', null).where('deadline_at', '<=', now).execute();
  for (const { run_id, stage } of late) {
    const run = await readRun(db, RunId.parse(run_id));
    if (run === null) continue;
    await expireQuestion(db, audit, run, stage);
    log.info({ run: run_id, stage }, 'question expired');
    const job = await queues.byName.approvals.getJob(approvalJobId(RunId.parse(run_id), stage));
    await job?.promote().catch(() => undefined);
  }
}

/** Runs without a flow get one (a crash between row and flow, or a Redis that lost its data); stopped runs are woken again. */
async function repairRuns(deps: SweepDeps, now: Date): Promise<void> {
  const settled = new Date(now.getTime() - 5_000);
  const live = await deps.db.selectFrom('slipway.runs').selectAll().where('status', '!=', 'finished').where('created_at', '<', settled).execute();
  for (const run of live) {
    const id = RunId.parse(run.id);
    const root = await deps.queues.byName.release.getJob(stageJobId(id, 'release'));
    if (root === undefined) {
      deps.log.warn({ run: run.id }, 'run had no flow, it gets one');
      await startRun(deps, run, { name: 'slipway', person: null });
      continue;
    }
    if (await root.isFailed()) deps.log.error({ run: run.id }, 'the release job of a run has failed');
    if (run.stop_kind !== null) await wakeRun(deps.queues, id);
  }
}
