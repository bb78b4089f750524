import { type Kysely, sql } from 'kysely';
import type pg from 'pg';

/** Owns the record and cannot log in. Its name is fixed: it stands in the functions of the audit schema. */
export const AUDIT_OWNER = 'slipway_audit_owner';

/** Another session was first: the role exists now, or its row changed under us. Roles belong to the whole cluster. */
const LOST_RACE = new Set(['42710', '23505', 'XX000', '40001']);
const MAX_RACES = 20;

/**
 * Creates the roles that are absent and sets the application's password where one is given; without one the role is made
 * able to log in and its credentials are the DBA's. Each statement is its own transaction, so that migrations of many
 * databases on one cluster do not wait for each other's roles, and is repeated when another session got in between.
 */
export async function ensureRoles(client: pg.ClientBase, role: string, password: string | undefined): Promise<void> {
  await createIfAbsent(client, AUDIT_OWNER, 'nologin');
  await createIfAbsent(client, role, 'login');
  if (password === undefined) return;
  const statement = `alter role ${client.escapeIdentifier(role)} password ${client.escapeLiteral(password)}`;
  await repeatLostRaces(() => client.query(statement));
}

async function createIfAbsent(client: pg.ClientBase, role: string, login: 'login' | 'nologin'): Promise<void> {
  await repeatLostRaces(async () => {
    const found = await client.query('select 1 from pg_roles where rolname = $1', [role]);
    if (found.rowCount) return;
    await client.query(`create role ${client.escapeIdentifier(role)} ${login} nosuperuser nocreatedb nocreaterole`);
  });
}

async function repeatLostRaces(work: () => Promise<unknown>): Promise<void> {
  for (let race = 1; ; race += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!LOST_RACE.has(code) || race >= MAX_RACES) throw error;
    }
  }
}

/** All that the application may do: its own tables, reading the record, and appending to it through the function. */
export async function grantAppRole(trx: Kysely<unknown>, role: string): Promise<void> {
  const app = sql.id(role);
  await sql`grant usage on schema slipway, audit to ${app}`.execute(trx);
  await sql`grant select, insert, update, delete on all tables in schema slipway to ${app}`.execute(trx);
  await sql`revoke insert, update, delete on slipway.migration, slipway.migration_lock, slipway.schema_gate from ${app}`.execute(
    trx,
  );
  await sql`grant select on audit.entry, audit.checkpoint to ${app}`.execute(trx);
  await sql`grant execute on function audit.append(text), audit.append_all(text[]), audit.append_batch(text[]), audit.add_checkpoint(bigint, text, text) to ${app}`.execute(
    trx,
  );
}
