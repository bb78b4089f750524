import type { ChangeRepository } from '../change/change.ts';
import type { MigrationSettings } from '../config/schema.ts';
import { MigrationCheck } from '../delivery/migration-check.ts';
import { PermanentFailure } from '../errors.ts';
import { Sha } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { TestGenJob } from '../queues/stage-job.ts';
import { performEffect } from '../runs/perform-effect.ts';
import { redactOutput } from '../sandbox/redact-output.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { openScratch, type ScratchDatabase } from '../scratch/open-scratch.ts';
import { type MigrationRan, tryMigrations } from '../scratch/try-migrations.ts';
import { type Entered, enterStage, type StagePorts } from './enter-stage.ts';
import { holdMerge, type MergeRepository } from './hold-merge.ts';
import { proceed, type StageStep, type StepContext } from './step.ts';

export interface MigrationPorts extends StagePorts {
  readonly repository: Pick<ChangeRepository, 'materialise'> & MergeRepository;
  readonly sandbox: Sandbox | null;
  readonly log: Logger;
}

/** Where the scratch database is found inside the sandbox. */
const INNER_PORT = 5432;
const MAX_OUTPUT = 800;

/**
 * Tries a change's migrations for a round of staging. The change's own code runs here, so it is a step of its own on the
 * queue of generated tests: replicas that stage hold the rights to deliver.
 */
export function makeMigrationHandler(ports: MigrationPorts) {
  return async function handleMigration(
    job: TestGenJob,
    { signal, confirmOwner }: Pick<StepContext, 'signal' | 'confirmOwner'>,
  ): Promise<StageStep> {
    const entered = await enterStage(ports, 'staging', job.run_id, 'first', confirmOwner);
    if (entered.kind !== 'entered') return entered;
    const { run, record, service, holding } = entered;
    const { migrations } = service;
    if (migrations === undefined)
      throw new PermanentFailure(
        'NO_MIGRATIONS',
        `${run.service} declares no migrations in this worker's slipway.yaml`,
      );
    const { result } = await performEffect(
      record,
      {
        stage: 'staging',
        step: 'migrate',
        name: 'sandbox_run',
        n: job.round ?? 0,
        rationale: 'try the migrations of the merge on a scratch database: up, down, up again',
        payload: { base: run.target_sha, merge: run.merge_sha, up: migrations.up, down: migrations.down },
        Result: MigrationCheck,
      },
      {
        // Nothing of it is left behind, so there is nothing to look for: it is simply tried again.
        look: () => Promise.resolve(null),
        act: async (receipt) => {
          if (ports.sandbox === null)
            return notRun('the sandbox does not hold on the worker for test-gen, see its log');
          const sandbox = ports.sandbox;
          let scratch: ScratchDatabase;
          try {
            scratch = await openScratch(ports.log);
          } catch (error) {
            return notRun(redactOutput(error instanceof Error ? error.message : 'unknown error').slice(0, MAX_OUTPUT));
          }
          try {
            const trees = await layOut(ports, entered, signal);
            return await tryMigrations(scratch, migrations, async ({ tree, command }) => {
              const url = scratch.urlAt(INNER_PORT);
              const ran = await sandbox.run(
                receipt,
                {
                  sourceDirectory: trees[tree],
                  files: [],
                  command,
                  ...limitsOf(migrations),
                  reportFile: undefined,
                  doors: [{ port: INNER_PORT, to: scratch.address }],
                  environment: { DATABASE_URL: url, ...variablesOf(url) },
                },
                signal,
              );
              return {
                ok: ran.end === 'exited' && ran.exit_code === 0,
                ended: ran.end === 'exited' ? `exit code ${ran.exit_code}` : ran.end.replaceAll('_', ' '),
                output: redactOutput(`${ran.stdout}\n${ran.stderr}`).trim().slice(-MAX_OUTPUT),
                duration_ms: ran.duration_ms,
              } satisfies MigrationRan;
            });
          } finally {
            await scratch.close();
          }
        },
      },
      holding(null),
    );
    return proceed(result.outcome);
  };
}

function notRun(why: string): MigrationCheck {
  const text = `the migrations were not tried: ${why}`;
  return { outcome: 'not_run', text, steps: [], differences: [], lock: null, schema: null };
}

async function layOut({ repository }: MigrationPorts, entered: Entered, signal: AbortSignal) {
  const { run, service } = entered;
  const head = await repository.materialise(service.repository, await holdMerge(repository, entered, signal), signal);
  const base = await repository.materialise(service.repository, Sha.parse(run.target_sha), signal);
  return { head: head.directory, base: base.directory };
}

function limitsOf({ timeout_s, memory_mb }: MigrationSettings) {
  return { timeoutMs: timeout_s * 1000, memoryMb: memory_mb };
}

/** For programs that read no URL. */
function variablesOf(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  return { PGHOST: hostname, PGPORT: port, PGUSER: username, PGPASSWORD: password, PGDATABASE: pathname.slice(1) };
}
