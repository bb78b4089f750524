import type { Recorded } from '../../audit/audit-log.ts';
import { MigrationCheck } from '../../delivery/migration-check.ts';
import { RunId } from '../../ids.ts';
import { MIGRATION_JOB, migrationJobId } from '../../queues/job-ids.ts';
import { findEntry } from '../../runs/authorise.ts';
import { wholePayload } from '../../runs/whole-payload.ts';
import { type Entered, type StagePorts, waiting } from '../enter-stage.ts';
import type { StageStep } from '../step.ts';
import { type ChecksOwed, checksOwed } from './staging-asks.decide.ts';

export interface Checked {
  readonly kind: 'checked';
  readonly owed: ChecksOwed;
  /** null = nothing was to be tried. */
  readonly migration: MigrationCheck | null;
}

/** Has the migrations of a change that has some tried, where generated tests run: they are the change's own code. */
export async function checkMigrations(
  ports: Pick<StagePorts, 'db'>,
  { run, record, service }: Entered,
  round: number,
): Promise<StageStep | Checked> {
  const review = findEntry(await record.list(), 'review_evaluation', 'review');
  const owed = checksOwed(review === undefined ? {} : await wholePayload(ports.db, review), {
    migrations: service.migrations !== undefined,
    contracts: service.staging.contracts.length,
  });
  if (run.dry_run || owed.migrations !== 'run') return { kind: 'checked', owed, migration: null };
  const done = await record.find('staging', 'migrate', 'sandbox_run.completed', round);
  if (done !== null) return { kind: 'checked', owed, migration: await readMigrationCheck(ports, done) };
  const id = migrationJobId(RunId.parse(run.id), round);
  const child = { queue: 'test-gen', name: MIGRATION_JOB, id, data: { run_id: run.id, round } } as const;
  return waiting(ports, run, {
    kind: 'await_children',
    children: [child],
    why: 'for its migrations to be tried on a scratch database',
  });
}

async function readMigrationCheck({ db }: Pick<StagePorts, 'db'>, done: Recorded): Promise<MigrationCheck> {
  return MigrationCheck.parse((await wholePayload(db, done))['result']);
}
