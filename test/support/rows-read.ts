import { sql } from 'kysely';
import type { Db } from '../../src/store/open-database.ts';

/** How many rows and entries of indexes `work` reads, as PostgreSQL counts them. `db` must have one connection only. */
export async function rowsRead(db: Db, work: () => Promise<unknown>): Promise<number> {
  const before = await readSoFar(db);
  await work();
  return (await readSoFar(db)) - before;
}

async function readSoFar(db: Db): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<{ n: string }>`
    select (select sum(seq_tup_read) from pg_stat_user_tables) + (select sum(idx_tup_read) from pg_stat_user_indexes) as n`.execute(
    db,
  );
  return Number(rows[0]?.n);
}
