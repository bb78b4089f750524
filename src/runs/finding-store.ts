import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { Finding } from '../policy/finding.ts';
import type { TrackedFinding } from '../policy/track-findings.ts';
import { batched } from '../store/batched.ts';
import { runSql } from '../store/run-sql.ts';
import type { Database, Run } from '../store/tables.ts';

/** A finding of a pull request with what became of it. */
export const StoredFinding = z.strictObject({
  finding: Finding,
  state: z.enum(['open', 'fixed', 'dismissed', 'reopened']),
  first_run: z.string(),
  last_run: z.string(),
  dismissed_by: z.string().nullable(),
  dismissed_reason: z.string().nullable(),
});
export type StoredFinding = z.infer<typeof StoredFinding>;

type PullRequest = Pick<Run, 'repo' | 'pr_number'>;

/** Everything that was ever found in a pull request, oldest first. */
export async function readFindings(db: Kysely<Database>, { repo, pr_number }: PullRequest): Promise<StoredFinding[]> {
  const rows = await readOne(db, JSON.stringify({ repo, pr_number }));
  return rows.map((row) => StoredFinding.parse(row));
}

const READ = `
  select q.n, f.finding, f.state, f.first_run, f.last_run, f.dismissed_by, f.dismissed_reason
  from rows from (json_to_recordset($1::json) as (repo text, pr_number int)) with ordinality as q(repo, pr_number, n), lateral (
    select * from slipway.findings f where f.repo = q.repo and f.pr_number = q.pr_number offset 0
  ) as f order by f.updated_at, f.fingerprint`;

const readOne = batched<Kysely<Database>, unknown[]>(async (db, items) => {
  const rows = await runSql<{ n: string }>(db, READ, [`[${items.join(',')}]`]);
  return items.map((_item, index) => rows.flatMap(({ n, ...row }) => (Number(n) === index + 1 ? [row] : [])));
});

/** What the heads before this run's left. */
export async function readTracked(db: Kysely<Database>, run: Run): Promise<TrackedFinding[]> {
  const stored = await readFindings(db, run);
  return stored.map(({ finding, state }) => ({ finding, state }));
}

/**
 * Writes what a recorded review says into the projection. Idempotent; a dismissal that came in between stays.
 */
export async function saveFindings(
  db: Kysely<Database>,
  run: Run,
  findings: readonly Finding[],
  fixed: readonly string[],
): Promise<void> {
  const { repo, pr_number, id } = run;
  for (const finding of findings) {
    const state = finding.status === 'reopened' ? 'reopened' : finding.status === 'dismissed' ? 'dismissed' : 'open';
    await db
      .insertInto('slipway.findings')
      .values({
        repo,
        pr_number,
        fingerprint: finding.fingerprint,
        // Nobody can have dismissed what was not there.
        state: state === 'dismissed' ? 'open' : state,
        finding: JSON.stringify(finding),
        first_run: id,
        last_run: id,
        dismissed_by: null,
        dismissed_reason: null,
      })
      .onConflict((conflict) =>
        conflict.columns(['repo', 'pr_number', 'fingerprint']).doUpdateSet({
          finding: JSON.stringify(finding),
          last_run: id,
          updated_at: sql`now()`,
          state: sql`case when findings.state = 'dismissed' then 'dismissed' else ${state === 'dismissed' ? 'open' : state} end`,
        }),
      )
      .execute();
  }
  if (fixed.length === 0) return;
  await db
    .updateTable('slipway.findings')
    .set({ state: 'fixed', last_run: id, updated_at: sql`now()` })
    .where('repo', '=', repo)
    .where('pr_number', '=', pr_number)
    .where('fingerprint', 'in', [...fixed])
    .where('state', '<>', 'dismissed')
    .execute();
}
