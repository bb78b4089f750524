import { type RawBuilder, sql } from 'kysely';
import type { EntryKey } from './entry.ts';

/**
 * `entryId` inside a statement, as a lateral table with one column `id`: who counts much need not send ids to and fro. `n` is an
 * integer, `runId` and `stage` are text in which nothing has to be escaped.
 */
export function entryIdInSql(
  { step, event }: Pick<EntryKey, 'step' | 'event'>,
  { runId, stage, n }: Record<'runId' | 'stage' | 'n', RawBuilder<unknown>>,
): RawBuilder<unknown> {
  const key = sql`format('{"event":"%s","n":%s,"run_id":"%s","stage":"%s","step":"%s"}',
    ${event}::text, ${n}, ${runId}, ${stage}, ${step}::text)`;
  return sql`(
    select encode(set_byte(set_byte(substr(h, 1, 16),
      6, (get_byte(h, 6) & 15) | 128), 8, (get_byte(h, 8) & 63) | 128), 'hex')::uuid as id
    from sha256(convert_to(${key}, 'UTF8')) as h)`;
}
