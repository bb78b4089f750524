import { sql } from 'kysely';
import { PermanentFailure } from '../errors.ts';
import type { Db } from './open-database.ts';
import { AUDIT_OWNER } from './roles.ts';

interface Powers {
  readonly rolname: string;
  readonly superuser: boolean;
  readonly createrole: boolean;
  readonly owner: boolean;
  readonly creates: boolean;
  readonly writes: string[];
}

/**
 * Refuses to work as a role that could change the record. Looks at every role that the session is, was opened as, or may
 * become (memberships without INHERIT too: SET ROLE is one statement away).
 * @throws {PermanentFailure} UNSAFE_ROLE, naming each power and the role it comes from. {StoreDown}.
 */
export async function assertSafeRole(db: Db): Promise<void> {
  const { rows } = await sql<Powers>`
    select r.rolname::text,
      r.rolsuper as superuser,
      r.rolcreaterole as createrole,
      r.rolname = ${AUDIT_OWNER} as owner,
      has_schema_privilege(r.oid, 'audit', 'CREATE') as creates,
      array(
        select p from unnest(array['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) p
        where has_table_privilege(r.oid, 'audit.entry', p)
          or (p in ('INSERT', 'UPDATE') and has_any_column_privilege(r.oid, 'audit.entry', p))
      ) as writes
    from pg_roles r
    where r.rolname in (session_user, current_user)
      or pg_has_role(session_user, r.oid, 'MEMBER')
      or pg_has_role(current_user, r.oid, 'MEMBER')
    order by r.rolname not in (session_user, current_user), r.rolname`.execute(db);

  // A superuser is a member of everything: one line says it.
  const superuser = rows.find((row) => row.superuser);
  const reasons = superuser ? [`${superuser.rolname} is superuser`] : rows.flatMap(describePowers);
  if (reasons.length === 0) return;
  throw new PermanentFailure(
    'UNSAFE_ROLE',
    `the database role could change the audit log: ${reasons.join('; ')}. Connect as the application role that \`slipway migrate\` creates (slipway_app)`,
  );
}

function describePowers(role: Powers): string[] {
  const reasons: string[] = [];
  if (role.owner) reasons.push(`it is a member of ${AUDIT_OWNER}, which owns the log`);
  if (role.owner) return reasons;
  if (role.createrole) reasons.push(`${role.rolname} has CREATEROLE and can make itself any role`);
  if (role.creates) reasons.push(`${role.rolname} may CREATE in schema audit`);
  if (role.writes.length > 0) reasons.push(`${role.rolname} may ${role.writes.join(', ')} on audit.entry`);
  return reasons;
}
