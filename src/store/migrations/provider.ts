import type { Migration, MigrationProvider } from 'kysely';
import { tables } from './0001-tables.ts';
import { auditLog } from './0002-audit-log.ts';
import { fleet } from './0003-fleet.ts';
import { appendBatch } from './0004-append-batch.ts';
import { operations } from './0006-operations.ts';
import { findings } from './0007-findings.ts';
import { people } from './0008-people.ts';
import { deliveryEffects } from './0009-delivery-effects.ts';
import { leaseFunctions } from './0010-lease-functions.ts';
import { guard } from './0012-guard.ts';
import { staging } from './0013-staging.ts';
import { notifications } from './0014-notifications.ts';
import { remindersTold } from './0018-reminders-told.ts';
import { questions } from './0019-questions.ts';
import { replicaClocks } from './0021-replica-clocks.ts';
import { forgePolls } from './0022-forge-polls.ts';
import { checkpoints } from './0023-checkpoints.ts';
import { notificationsResent } from './0026-notifications-resent.ts';
import { appendBatchPacked } from './0027-append-batch-packed.ts';
import { gatheredCalls } from './0029-gathered-calls.ts';
import { liveRuns } from './0030-live-runs.ts';
import { stopScan } from './0031-stop-scan.ts';
import { branchMoves } from './0032-branch-moves.ts';
import { runsByHead } from './0033-runs-by-head.ts';
import { headTimes } from './0034-head-times.ts';
import { runOver } from './0035-run-over.ts';

/** Every migration by name, in order. Names are never changed and none is removed: the database remembers them. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-tables': { up: tables },
  '0002-audit-log': { up: auditLog },
  '0003-fleet': { up: fleet },
  '0004-append-batch': { up: appendBatch },
  '0006-operations': { up: operations },
  '0007-findings': { up: findings },
  '0008-people': { up: people },
  '0009-delivery-effects': { up: deliveryEffects },
  '0010-lease-functions': { up: leaseFunctions },
  '0012-guard': { up: guard },
  '0013-staging': { up: staging },
  '0014-notifications': { up: notifications },
  '0018-reminders-told': { up: remindersTold },
  '0019-questions': { up: questions },
  '0021-replica-clocks': { up: replicaClocks },
  '0022-forge-polls': { up: forgePolls },
  '0023-checkpoints': { up: checkpoints },
  '0026-notifications-resent': { up: notificationsResent },
  '0027-append-batch-packed': { up: appendBatchPacked },
  '0029-gathered-calls': { up: gatheredCalls },
  '0030-live-runs': { up: liveRuns },
  '0031-stop-scan': { up: stopScan },
  '0032-branch-moves': { up: branchMoves },
  '0033-runs-by-head': { up: runsByHead },
  '0034-head-times': { up: headTimes },
  '0035-run-over': { up: runOver },
};

export const migrationNames: readonly string[] = Object.keys(migrations).toSorted();

/**
 * The oldest migration whose code may still work on what these make. Migrations only add (expand), so that old and new
 * replicas run together; one that takes something away (contract) comes a version later and moves this up to the
 * migration since which no code needs what is gone. The first version that reads it is that of 0006.
 */
export const OLDEST_CODE = '0006-operations';

export const migrationProvider: MigrationProvider = {
  getMigrations: async () => ({ ...migrations }),
};
