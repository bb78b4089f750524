import type { Db } from '../store/open-database.ts';
import { perDatabase } from '../store/per-database.ts';
import { runSql } from '../store/run-sql.ts';

/** How long an end waits at most for a statement to go with, in milliseconds. */
const FLUSH_MS = 500;
/** A bound while the store is away. */
const MAX_WAITING = 10_000;

/** Ends that are not written yet. */
interface Ends {
  readonly waiting: { readonly run_id: string; readonly stage: string; readonly at: Date }[];
  timer: NodeJS.Timeout | null;
}

const endsOf = perDatabase<Db, Ends>(() => ({ waiting: [], timer: null }));

/**
 * The stage of a run has ended, now. Only latency figures read that, so it takes no round trip of its own: it goes with the
 * next stage that begins on this replica, or a moment later. A replica that is killed takes the ends of that moment with
 * it, and the figures lack them.
 */
export function endSpan(db: Db, runId: string, stage: string): void {
  const ends = endsOf(db);
  if (ends.waiting.length >= MAX_WAITING) return;
  ends.waiting.push({ run_id: runId, stage, at: new Date() });
  ends.timer ??= setTimeout(() => {
    ends.timer = null;
    // Those that could not be written go with the next statement.
    void flushSpans(db).catch(() => {});
  }, FLUSH_MS).unref();
}

/** Writes what waits; the last act of a replica that ends. @throws {StoreDown} */
export async function flushSpans(db: Db): Promise<void> {
  if (endsOf(db).waiting.length > 0) await withEnds(db, (ends) => runSql(db, END_SPANS, [ends]));
}

/** Takes all ends that wait into a statement, as JSON for {@link END_SPANS}; where it fails they wait on. */
export async function withEnds<R>(db: Db, send: (ends: string) => Promise<R>): Promise<R> {
  const { waiting } = endsOf(db);
  const taken = waiting.splice(0);
  try {
    return await send(JSON.stringify(taken));
  } catch (error) {
    waiting.unshift(...taken);
    throw error;
  }
}

/** The statement, or a part of one, for the ends in `$1`. However late it is written, the first end counts. */
export const END_SPANS = `
  update slipway.stage_spans s set ended_at = e.at from (
    select run_id, stage, min(at) as at from json_to_recordset($1::json) as e(run_id text, stage text, at timestamptz)
    group by 1, 2
  ) as e where s.run_id = any(array(select run_id from json_to_recordset($1::json) as k(run_id text)))
    and s.run_id = e.run_id and s.stage = e.stage and (s.ended_at is null or s.ended_at > e.at)`;
