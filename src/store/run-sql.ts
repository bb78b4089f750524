import { CompiledQuery } from 'kysely';
import type { Db } from './open-database.ts';

/**
 * Sends a statement that is the same text each time, with `$1`, `$2`, … for its values: nothing is built and compiled for it.
 * For what every step sends; elsewhere the query builder knows the columns. @throws {StoreDown}
 */
export async function runSql<R>(db: Db, text: string, values: readonly unknown[]): Promise<R[]> {
  const { rows } = await db.executeQuery<R>(CompiledQuery.raw(text, [...values]));
  return rows;
}
