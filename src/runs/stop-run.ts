import type { Job, Queue } from 'bullmq';
import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Entry } from '../audit/entry.ts';
import { crashPoint } from '../crash-point.ts';
import { RunId } from '../ids.ts';
import type { Queues } from '../queues/connections.ts';
import { stageJobId } from '../queues/job-ids.ts';
import { QUEUE_NAMES, QUEUE_PREFIX, type QueueName } from '../queues/registry.ts';
import type { Database, Run } from '../store/tables.ts';
import { openRecord } from './record.ts';

export const STOP_CHANNEL = `${QUEUE_PREFIX}:stop`;

export interface StopDeps {
  readonly db: Kysely<Database>;
  readonly audit: AuditLog;
  readonly queues: Queues;
}

export interface StopOrder {
  readonly kind: 'superseded' | 'cancelled';
  readonly reason: string;
  readonly by: Entry['actor'];
  readonly supersededBy: string | null;
}

/**
 * Stops a run wherever it is: the order is recorded, then flagged on the run, then everything that waits is woken and
 * every replica that works on it is told. The stages see the flag before each act; release ends the run.
 */
export async function stopRun(deps: StopDeps, run: Run, order: StopOrder): Promise<void> {
  const record = openRecord(deps.audit, run);
  const { entry } = await record.append({
    stage: 'operator',
    step: 'stop',
    event: 'stop_requested',
    actor: order.by,
    rationale: order.reason,
    outcome: order.kind,
    payload: { superseded_by: order.supersededBy },
  });
  crashPoint('stop:after-entry');
  await deps.db
    .updateTable('slipway.runs')
    .set({
      stop_kind: entry.outcome === 'superseded' ? 'superseded' : 'cancelled',
      stop_reason: entry.rationale,
      superseded_by: typeof entry.payload['superseded_by'] === 'string' ? entry.payload['superseded_by'] : null,
    })
    .where('id', '=', run.id)
    .where('stop_kind', 'is', null)
    .execute();
  crashPoint('stop:after-flag');
  await wakeRun(deps.queues, RunId.parse(run.id));
}

/** Wakes every job of a run that waits, and aborts those that run. Safe to repeat. */
export async function wakeRun(queues: Queues, runId: RunId): Promise<void> {
  await queues.redis.publish(STOP_CHANNEL, runId);
  for (const stage of ['review', 'test-gen', 'staging', 'canary', 'release'] as const) {
    const job = await queues.byName[stage].getJob(stageJobId(runId, stage));
    if (job !== undefined) await wakeJob(queues, job);
  }
}

async function wakeJob(queues: Queues, job: Job): Promise<void> {
  const state = await job.getState();
  if (state === 'delayed') {
    // Another replica may have promoted it in between: then it is awake, which is all we want.
    await job.promote().catch(() => undefined);
    return;
  }
  if (state !== 'waiting-children') return;
  const { unprocessed = [] } = await job.getDependencies();
  for (const key of unprocessed) {
    const child = await findJob(queues, key);
    // The flow's own child is a stage and is woken as one; only what was added at run time is dealt with here.
    if (child === null || (child.name !== 'agents' && child.name !== 'approvals' && child.id?.split('~').length === 2))
      continue;
    if (child.name === 'agents') await child.remove().catch(() => undefined);
    else await wakeJob(queues, child);
  }
}

async function findJob(queues: Queues, key: string): Promise<Job | null> {
  const name = QUEUE_NAMES.find((queue) => key.startsWith(queues.byName[queue].toKey('')));
  if (name === undefined) return null;
  const queue: Queue = queues.byName[name satisfies QueueName];
  return (await queue.getJob(key.slice(queue.toKey('').length))) ?? null;
}
