import { type Kysely, Migrator, sql } from 'kysely';
import pg from 'pg';
import type { EntryDraft } from '../audit/audit-log.ts';
import { buildEntry } from '../audit/build-entry.ts';
import { readVersion } from '../audit/read-version.ts';
import type { SlipwayFile } from '../config/schema.ts';
import { PermanentFailure } from '../errors.ts';
import type { Logger } from '../log.ts';
import { liftAuditGuards, restoreAuditGuards } from './audit-guards.ts';
import { migrationNames, migrationProvider, OLDEST_CODE } from './migrations/provider.ts';
import { ensureRoles, grantAppRole } from './roles.ts';
import { readSchemaState, schemaProblem } from './schema-version.ts';
import { mapStoreErrors } from './store-errors.ts';
import { kyselyInTransaction } from './transaction-client.ts';

export interface MigrateOptions {
  /** A superuser's (event triggers need one). Used for this alone. */
  readonly adminUrl: string;
  /** The role that server and workers log in as. Made if absent. */
  readonly appRole?: string;
  /** Set as the role's password; without it the role's credentials are the DBA's. */
  readonly appPassword?: string;
  /** Stands in the entry that records the change. */
  readonly profile?: SlipwayFile['profile'];
  readonly now?: () => Date;
  readonly log?: Logger;
}

export const DEFAULT_APP_ROLE = 'slipway_app';

/** One migration at a time on a database; any number may wait. */
const MIGRATION_LOCK = 721_002;

/**
 * Brings a database to this version's schema. Idempotent. All changes, the guards' absence and the entry that records
 * them are one transaction: it is all there or nothing is, and nobody else ever sees the record unguarded.
 * @throws {PermanentFailure} MIGRATION_REFUSED with what to change. {StoreDown}.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const role = options.appRole ?? DEFAULT_APP_ROLE;
  const client = new pg.Client({
    connectionString: options.adminUrl,
    application_name: 'slipway migrate',
    connectionTimeoutMillis: 10_000,
  });
  // A connection that breaks rejects the statement in flight; the event itself needs a listener or it ends the process.
  client.on('error', (error) => options.log?.warn({ err: error }, 'the migration connection was lost'));
  try {
    return await mapStoreErrors(async () => {
      await client.connect();
      await assertUsable(client);
      await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
      if (await isNewer(client)) {
        options.log?.info('the schema is of a newer version, which this one may work with: nothing to do');
        return { applied: [] };
      }
      await ensureRoles(client, role, options.appPassword);
      const applied = await inTransaction(client, (trx) => migrateSchema(trx, role, options));
      for (const name of applied) options.log?.info({ migration: name }, 'migration applied');
      return { applied };
    });
  } finally {
    // Ends the session, and with it the lock.
    await client
      .end()
      .catch((error: unknown) => options.log?.warn({ err: error }, 'closing the migration connection failed'));
  }
}

async function assertUsable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string; version: number }>(
    `select current_setting('server_encoding') as encoding, current_setting('server_version_num')::int as version`,
  );
  const [server] = rows;
  if (server === undefined || server.version < 140_000) {
    throw new PermanentFailure('MIGRATION_REFUSED', 'PostgreSQL 14 or newer is needed');
  }
  if (server.encoding === 'UTF8') return;
  throw new PermanentFailure(
    'MIGRATION_REFUSED',
    `the database's encoding is ${server.encoding}; create it with: create database … encoding 'UTF8' template template0`,
  );
}

/** The fleet is already on its way to a newer version, and replicas of this one may go on meanwhile. */
async function isNewer(client: pg.Client): Promise<boolean> {
  const state = await readSchemaState(kyselyInTransaction(client));
  return !migrationNames.includes(state.applied.at(-1) ?? OLDEST_CODE) && schemaProblem(state, migrationNames) === null;
}

async function inTransaction<T>(client: pg.Client, work: (trx: Kysely<unknown>) => Promise<T>): Promise<T> {
  await client.query('begin isolation level read committed');
  try {
    const result = await work(kyselyInTransaction(client));
    await client.query('commit');
    return result;
  } catch (error) {
    // The first error is the one to tell; a connection that cannot even roll back has ended the transaction anyway.
    await client.query('rollback').catch(() => {});
    throw explain(error);
  }
}

async function migrateSchema(trx: Kysely<unknown>, role: string, options: MigrateOptions): Promise<string[]> {
  await liftAuditGuards(trx);
  const applied = await runMigrations(trx);
  await sql`
    insert into slipway.schema_gate (oldest_code) values (${OLDEST_CODE})
    on conflict (only_row) do update set oldest_code = excluded.oldest_code`.execute(trx);
  await grantAppRole(trx, role);
  await restoreAuditGuards(trx);
  if (applied.length > 0) await recordChange(trx, applied, options);
  return applied;
}

async function runMigrations(trx: Kysely<unknown>): Promise<string[]> {
  const migrator = new Migrator({
    db: trx,
    provider: migrationProvider,
    migrationTableSchema: 'slipway',
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).map(({ migrationName }) => migrationName);
}

/** Written last, when the guards are back, and through the same function as every other entry. */
async function recordChange(trx: Kysely<unknown>, applied: string[], options: MigrateOptions): Promise<void> {
  const to = applied.at(-1) ?? '';
  const from = migrationNames[migrationNames.indexOf(applied[0] ?? '') - 1] ?? null;
  const draft: EntryDraft = {
    run_id: null,
    stage: 'operator',
    step: 'migrate',
    event: 'audit.schema_changed',
    n: migrationNames.indexOf(to) + 1,
    actor: { kind: 'system', id: 'slipway migrate' },
    rationale: `The database schema was changed from ${from ?? 'nothing'} to ${to}.`,
    outcome: 'migrated',
    payload: { migrations: applied, from, to },
  };
  const { body } = buildEntry(null, draft, {
    profile: options.profile ?? 'production',
    requiredFields: [],
    version: readVersion(),
    now: options.now?.() ?? new Date(),
  });
  await sql`select audit.append(${body})`.execute(trx);
}

function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const denied = 'code' in error && error.code === '42501';
  if (denied) {
    return new PermanentFailure(
      'MIGRATION_REFUSED',
      `the administrator's role may not do this: ${error.message}. DATABASE_ADMIN_URL must name a superuser (guards of the audit log are event triggers)`,
      { cause: error },
    );
  }
  if (!error.message.startsWith('corrupted migrations')) return error;
  return new PermanentFailure(
    'MIGRATION_REFUSED',
    `this version does not know the database's schema: ${error.message}`,
    {
      cause: error,
    },
  );
}
