import type { MigrationSettings } from '../config/schema.ts';
import { type LockSeen, type MigrationCheck, type MigrationStep } from '../delivery/migration-check.ts';
import { digestOf } from '../ids.ts';
import type { ScratchDatabase } from './open-scratch.ts';
import { compareSchemas, readSchema } from './read-schema.ts';
import { watchScratch } from './watch-scratch.ts';

export interface MigrationRun {
  readonly tree: 'base' | 'head';
  readonly command: readonly string[];
}

/** How a command ended, in a word, and the end of what it wrote, fit to be recorded. */
export interface MigrationRan {
  readonly ok: boolean;
  readonly ended: string;
  readonly output: string;
  readonly duration_ms: number;
}

const MAX_NAMED = 20;

/** What a person is told of a step. */
const WORDS = {
  base_up: 'up on the target branch',
  up: 'up',
  down: 'down',
  up_again: 'up after down',
} as const satisfies Record<MigrationStep['name'], string>;

/**
 * Base up, head up, down, up again on an empty database. `down` must lead to exactly the schema of the base, and up after it
 * to exactly that of the head. Ends at the first step that fails.
 */
export async function tryMigrations(
  scratch: Pick<ScratchDatabase, 'admin'>,
  settings: MigrationSettings,
  run: (what: MigrationRun) => Promise<MigrationRan>,
): Promise<MigrationCheck> {
  const { up, down, down_times, max_lock_s, max_database_mb } = settings;
  const steps: MigrationStep[] = [];
  let lock: LockSeen | null = null;
  let schema: MigrationCheck['schema'] = null;
  const failed = (text: string, differences: readonly string[] = []): MigrationCheck => {
    const named = differences.slice(0, MAX_NAMED).map((line) => line.slice(0, 300));
    return { outcome: 'failed', text, steps, differences: named, lock, schema };
  };

  async function take(name: MigrationStep['name'], what: MigrationRun): Promise<string | null> {
    const watch = await watchScratch(scratch.admin, {
      maxLockMs: max_lock_s * 1000,
      maxDatabaseMb: max_database_mb,
    });
    let ran: MigrationRan;
    let seen: Awaited<ReturnType<typeof watch.end>>;
    try {
      ran = await run(what);
    } finally {
      seen = await watch.end();
    }
    steps.push({ name, ...ran });
    if (seen.lock !== null && seen.lock.held_ms > (lock?.held_ms ?? -1)) lock = { step: name, ...seen.lock };
    // What the branch brings was let through before.
    if (seen.problem !== null && name !== 'base_up') return `migration: ${WORDS[name]} was ended: ${seen.problem}`;
    return ran.ok ? null : `migration: ${WORDS[name]} failed (${ran.ended}): ${ran.output || 'it wrote nothing'}`;
  }

  const head = { tree: 'head', command: up } as const;
  const problem = (await take('base_up', { tree: 'base', command: up })) ?? null;
  if (problem !== null) return failed(problem);
  const base = await readSchema(scratch.admin);
  const upProblem = await take('up', head);
  if (upProblem !== null) return failed(upProblem);
  const after = await readSchema(scratch.admin);
  schema = { base: digestOf(base.join('\n')), head: digestOf(after.join('\n')) };

  let left = compareSchemas(base, after);
  for (let times = 0; times < down_times && (times === 0 || left.length > 0); times++) {
    const downProblem = await take('down', { tree: 'head', command: down });
    if (downProblem !== null) return failed(downProblem);
    left = compareSchemas(base, await readSchema(scratch.admin));
  }
  if (left.length > 0) return failed(`migration: down does not restore the schema: ${summary(left)}`, left);
  const againProblem = await take('up_again', head);
  if (againProblem !== null) return failed(againProblem);
  const again = compareSchemas(after, await readSchema(scratch.admin));
  if (again.length > 0)
    return failed(`migration: up after down makes another schema than up alone: ${summary(again)}`, again);
  const changes = compareSchemas(base, after).length;
  const text = `up, down and up again: ${changes} line(s) of the schema change, and down restores all of them`;
  return { outcome: 'passed', text, steps, differences: [], lock, schema };
}

function summary(lines: readonly string[]): string {
  const more = lines.length > 3 ? ` and ${lines.length - 3} more` : '';
  return `${lines
    .slice(0, 3)
    .map((line) => line.slice(0, 200))
    .join('; ')}${more}`;
}
