import type { Kysely } from 'kysely';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Entry } from '../audit/entry.ts';
import { crashPoint } from '../crash-point.ts';
import { RunId } from '../ids.ts';
import type { Queues } from '../queues/connections.ts';
import { QUEUE_PREFIX } from '../queues/registry.ts';
import type { Database, Run } from '../store/tables.ts';
import { clearStoppedFlow } from './clear-stopped-flow.ts';
import { openRecord } from './record.ts';
import { unlessOver } from './unless-over.ts';

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
 * @returns false when the run ended by itself in this moment: there is nothing to stop.
 */
export async function stopRun(deps: StopDeps, run: Run, order: StopOrder): Promise<boolean> {
  const record = openRecord(deps.audit, run);
  const ordered = await unlessOver(
    record.append({
      stage: 'operator',
      step: 'stop',
      event: 'stop_requested',
      actor: order.by,
      rationale: order.reason,
      outcome: order.kind,
      payload: { superseded_by: order.supersededBy },
    }),
  );
  if (ordered === null) return false;
  const { entry } = ordered;
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
  return true;
}

/**
 * Tells every replica that works on a stopped run, and clears its flow away up to the finaliser. Safe to repeat: the
 * sweeper does, for a run whose order was heard by nobody.
 */
export async function wakeRun(queues: Queues, runId: RunId): Promise<void> {
  await queues.redis.publish(STOP_CHANNEL, runId);
  await clearStoppedFlow(queues, runId);
}
