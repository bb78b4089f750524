import { sql } from 'kysely';
import { PermanentFailure } from '../errors.ts';
import { migrationNames } from './migrations/provider.ts';
import type { Db } from './open-database.ts';

/** What a database without our schema, or an application role without rights on it, answers. */
const ABSENT = new Set(['42P01', '3F000', '42501']);

/** Name of the last migration that ran here, null where none did. @throws {StoreDown} */
export async function schemaVersion(db: Db): Promise<string | null> {
  try {
    const { rows } = await sql<{ name: string }>`
      select name from slipway.migration order by name desc limit 1`.execute(db);
    return rows[0]?.name ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.has(String(error.code))) return null;
    throw error;
  }
}

/** For the start of a server or worker. @throws {PermanentFailure} SCHEMA_NOT_CURRENT, saying which side is behind. */
export async function assertSchemaCurrent(db: Db): Promise<void> {
  const found = await schemaVersion(db);
  const wanted = migrationNames.at(-1) ?? null;
  if (found === wanted) return;
  if (found === null) {
    throw new PermanentFailure(
      'SCHEMA_NOT_CURRENT',
      'the database holds no Slipway schema that this role may read: run `slipway migrate` with DATABASE_ADMIN_URL set',
    );
  }
  if (migrationNames.includes(found)) {
    throw new PermanentFailure(
      'SCHEMA_NOT_CURRENT',
      `the database schema is at ${found}, this version needs ${wanted}: run \`slipway migrate\` with DATABASE_ADMIN_URL set`,
    );
  }
  throw new PermanentFailure(
    'SCHEMA_NOT_CURRENT',
    `the database schema is at ${found}, which this version does not know: start the Slipway version that migrated it, or a newer one`,
  );
}
