import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { Finding } from '../policy/finding.ts';
import type { TrackedFinding } from '../policy/track-findings.ts';
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
  const rows = await db
    .selectFrom('slipway.findings')
    .select(['finding', 'state', 'first_run', 'last_run', 'dismissed_by', 'dismissed_reason'])
    .where('repo', '=', repo)
    .where('pr_number', '=', pr_number)
    .orderBy('updated_at')
    .orderBy('fingerprint')
    .execute();
  return rows.map((row) => StoredFinding.parse(row));
}

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
