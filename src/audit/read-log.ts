import type { Db } from '../store/open-database.ts';
import type { LogRow } from './chain.ts';

const PAGE_ROWS = 5_000;

/** A database, or rows from elsewhere. */
export type LogSource = Db | AsyncIterable<LogRow>;

export function rowsOf(source: LogSource): AsyncIterable<LogRow> {
  return Symbol.asyncIterator in source ? source : readLog(source);
}

/** The log in order, a page at a time, from its beginning or after the seq `after`. Entries appended meanwhile are read too. @throws {StoreDown} */
export async function* readLog(
  db: Db,
  options: { readonly pageRows?: number; readonly after?: string } = {},
): AsyncGenerator<LogRow> {
  const { pageRows = PAGE_ROWS } = options;
  let after = options.after ?? '-1';
  for (;;) {
    const rows = await db
      .selectFrom('audit.entry')
      .selectAll()
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(pageRows)
      .execute();
    for (const row of rows) {
      yield {
        seq: row.seq,
        // pg gives a number for the infinities that a tampered row may hold.
        recordedAt: new Date(row.recorded_at),
        body: row.body,
        leafHash: row.leaf_hash.toString('hex'),
        prevHash: row.prev_hash.toString('hex'),
        chainHash: row.chain_hash.toString('hex'),
        columns: { entry_id: row.entry_id, pr_number: row.pr_number, event: row.event, trace_id: row.trace_id },
      };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    after = last.seq;
  }
}
