import { type RawBuilder, sql } from 'kysely';
import type { JanitorDeps } from './janitor-deps.ts';

/** Rows that one statement deletes: well within the statement's time limit. */
const BATCH = 1_000;

/**
 * Rows beside the record that nobody needs any more. What a call cost stays (agent_usage), as do runs, escalations and spans:
 * they are what lists and figures are made of. Returns how many went, by table.
 */
export async function collectRows(deps: JanitorDeps, before: Date): Promise<Record<string, number>> {
  const ended = sql`select id from slipway.runs where status = 'finished' and finished_at < ${before}`;
  const rules: Record<string, RawBuilder<unknown>> = {
    lease_requests: sql`run_id in (select id from slipway.runs where status = 'finished')`,
    canary_ticks: sql`run_id in (${ended})`,
    staging_parts: sql`run_id in (${ended})`,
    agent_calls: sql`run_id in (${ended}) and id not in (select call_id from slipway.agent_slots)`,
    budget_spent: sql`day < ${before}::date`,
    sessions: sql`expires_at < now()`,
  };
  const gone: Record<string, number> = {};
  for (const [table, rule] of Object.entries(rules)) gone[table] = await deleteAll(deps, table, rule);
  return gone;
}

async function deleteAll({ db }: JanitorDeps, table: string, rule: RawBuilder<unknown>): Promise<number> {
  const name = sql.table(`slipway.${table}`);
  for (let total = 0; ; ) {
    const { numAffectedRows } = await sql`
      delete from ${name} where ctid = any(array(select ctid from ${name} where ${rule} limit ${BATCH}))`.execute(db);
    const deleted = Number(numAffectedRows ?? 0);
    total += deleted;
    if (deleted < BATCH) return total;
  }
}
