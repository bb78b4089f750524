import { type RawBuilder, sql } from 'kysely';
import type { Event } from '../audit/entry.ts';
import { entryIdInSql } from '../audit/entry-id-sql.ts';

/** Only an entry makes a row say so. Anything else (still open, or closed because its run ended) is asked of the record. */
const SETTLED = sql`('approve', 'reject', 'extend', 'expired')`;

/**
 * Every question that people were asked, as a table for a statement: `run_id`, `stage`, `reasons` (codes), `decision` and `s`, the
 * seconds until then; both null while there is none. Counters are made of it, so what was counted once stays as it was: a question
 * that has its times from its row is not counted from its entries before that row is closed.
 *
 * A row of `slipway.escalations` holds the newest question of its stage. Only about a canary is there more than one, so these, and
 * no others, are read from their entries, each by its id: the cost grows with questions about canaries, not with the log.
 */
export const askedQuestions: RawBuilder<unknown> = sql`(
  select run_id, stage, reasons::jsonb as reasons, decision, extract(epoch from decided_at - opened_at)::float8 as s
  from slipway.escalations where stage <> 'canary' and decision in ${SETTLED}
  union all
  select e.run_id, e.stage,
    case when n = e.question then e.reasons::jsonb
      else jsonb_path_query_array((asked.body::json #> '{payload,reasons}')::jsonb, '$[*].code') end,
    decided.outcome, extract(epoch from decided.recorded_at - asked.recorded_at)::float8
  from slipway.escalations e
    cross join lateral generate_series(0, e.question) as n
    cross join lateral ${entryOf('escalated')} as asked
    left join lateral ${entryOf('human_decision')} as decided on e.stage = 'canary' or e.decided_at is not null
  where e.stage = 'canary' or e.decision is null or e.decision not in ${SETTLED})`;

/** One at most, and by the index of ids whatever the planner believes. */
function entryOf(event: Event): RawBuilder<unknown> {
  const id = entryIdInSql({ step: 'route', event }, { runId: sql`e.run_id`, stage: sql`e.stage`, n: sql`n` });
  return sql`(
    select a.recorded_at, a.body, a.body::json ->> 'outcome' as outcome
    from ${id} as k join audit.entry a on a.entry_id = k.id limit 1)`;
}
