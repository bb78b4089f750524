import { type Kysely, sql } from 'kysely';

/**
 * Findings over the pushes of a pull request, and answers that serve another head of it. No references to runs or calls:
 * these rows may outlive them. Columns are added empty, so that a worker of the version before goes on working.
 */
export async function findings(db: Kysely<unknown>): Promise<void> {
  await sql`alter table slipway.agent_calls add column question slipway.digest, add column reused_from text`.execute(
    db,
  );
  await sql`
    create index agent_calls_by_question on slipway.agent_calls (question)
      where kind = 'answer' and reused_from is null`.execute(db);
  await sql`
    create table slipway.findings (
      repo text not null,
      pr_number integer not null check (pr_number > 0),
      fingerprint slipway.digest not null,
      state text not null check (state in ('open', 'fixed', 'dismissed', 'reopened')),
      finding jsonb not null,
      first_run slipway.run_id not null,
      last_run slipway.run_id not null,
      dismissed_by text,
      dismissed_reason text,
      updated_at timestamptz not null default now(),
      primary key (repo, pr_number, fingerprint),
      constraint findings_dismissal_is_signed check (
        state <> 'dismissed' or (dismissed_by is not null and dismissed_reason is not null)
      )
    )`.execute(db);
}
