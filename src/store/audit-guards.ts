import { type Kysely, sql } from 'kysely';

const GUARDS = [
  { name: 'slipway_audit_no_ddl', on: 'ddl_command_end', runs: 'refuse_ddl' },
  { name: 'slipway_audit_no_drop', on: 'sql_drop', runs: 'refuse_drop' },
] as const;

/**
 * Switches the guards off for the rest of this transaction. Other sessions never see them off: the change is theirs to
 * see only after the commit, and by then {@link restoreAuditGuards} has undone it.
 */
export async function liftAuditGuards(trx: Kysely<unknown>): Promise<void> {
  for (const name of await readGuards(trx)) {
    await sql`alter event trigger ${sql.ref(name)} disable`.execute(trx);
  }
}

/** Creates the guards that are missing and switches all of them on, for replicas too. The last act of a migration. */
export async function restoreAuditGuards(trx: Kysely<unknown>): Promise<void> {
  const present = await readGuards(trx);
  for (const guard of GUARDS.filter(({ name }) => !present.includes(name))) {
    await sql`
      create event trigger ${sql.ref(guard.name)} on ${sql.raw(guard.on)}
      execute function ${sql.ref(`audit_guard.${guard.runs}`)}()`.execute(trx);
  }
  for (const { name } of GUARDS) {
    await sql`alter event trigger ${sql.ref(name)} enable always`.execute(trx);
  }
}

async function readGuards(trx: Kysely<unknown>): Promise<string[]> {
  const names = GUARDS.map(({ name }) => name);
  const { rows } = await sql<{ evtname: string }>`
    select evtname::text from pg_event_trigger where evtname = any(${names}::text[])`.execute(trx);
  return rows.map(({ evtname }) => evtname);
}
