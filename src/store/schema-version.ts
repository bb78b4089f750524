import { type QueryExecutorProvider, sql } from 'kysely';
import { PermanentFailure } from '../errors.ts';
import { migrationNames } from './migrations/provider.ts';
import type { Db } from './open-database.ts';

/** What a database without our schema, or an application role without rights on it, answers. */
const ABSENT = new Set(['42P01', '3F000', '42501']);

/** What ran on a database, and which code may still work on it. */
export interface SchemaState {
  /** Names of the migrations that ran, in order; empty where none did. */
  readonly applied: readonly string[];
  /** The oldest migration whose code still runs here; null where that was never said: then only the newest one's does. */
  readonly oldestCode: string | null;
}

/** @throws {StoreDown} */
export async function readSchemaState(db: QueryExecutorProvider): Promise<SchemaState> {
  const applied = await unlessAbsent(
    sql<{ name: string }>`select name from slipway.migration order by name`.execute(db),
  );
  const oldest = await unlessAbsent(
    sql<{ name: string }>`select oldest_code as name from slipway.schema_gate`.execute(db),
  );
  return { applied: applied.map(({ name }) => name), oldestCode: oldest[0]?.name ?? null };
}

/**
 * May code that knows the migrations `known` work on this schema? A newer schema is no hindrance as long as it says so:
 * old and new replicas run together while a fleet is upgraded. Pure; null means yes, else what to do.
 */
export function schemaProblem({ applied, oldestCode }: SchemaState, known: readonly string[]): string | null {
  const own = known.at(-1) ?? '';
  const found = applied.at(-1);
  if (found === undefined)
    return 'the database holds no Slipway schema that this role may read: run `slipway migrate` with DATABASE_ADMIN_URL set';
  const missing = known.filter((name) => !applied.includes(name)).at(-1);
  if (missing !== undefined)
    return `the database schema is at ${found}, this version needs ${missing}: run \`slipway migrate\` with DATABASE_ADMIN_URL set`;
  if (found === own || (oldestCode !== null && oldestCode <= own)) return null;
  const needs = oldestCode === null ? '' : ` and whose data needs the code of ${oldestCode} or newer`;
  return `the database schema is at ${found}, which this version does not know${needs}: start the Slipway version that migrated it, or a newer one`;
}

/** For the start of a server or worker. @throws {PermanentFailure} SCHEMA_NOT_CURRENT, saying which side is behind. */
export async function assertSchemaFits(db: Db): Promise<void> {
  const problem = schemaProblem(await readSchemaState(db), migrationNames);
  if (problem !== null) throw new PermanentFailure('SCHEMA_NOT_CURRENT', problem);
}

async function unlessAbsent<T>(query: Promise<{ rows: T[] }>): Promise<T[]> {
  try {
    return (await query).rows;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.has(String(error.code))) return [];
    throw error;
  }
}
