import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Recorded } from '../audit/audit-log.ts';
import { toRecorded } from '../audit/read-entries.ts';
import { PermanentFailure } from '../errors.ts';
import type { DecidedRun } from '../policy/decided-run.ts';
import { PolicyRecord } from '../policy/policy-record.ts';
import type { Database } from '../store/tables.ts';
import { askedQuestions } from './asked-questions.ts';
import { parsePolicyCase } from './parse-policy-case.ts';
import { wholePayload } from './whole-payload.ts';

interface Row {
  readonly id: string;
  readonly repo: string;
  readonly pr_number: number;
  readonly head_sha: string;
  readonly asked_later: boolean;
  readonly taken_back: boolean;
  readonly title: string;
  readonly author: string;
  readonly service: string;
  readonly outcome: string | null;
  readonly decision: string | null;
  readonly decided_after_s: number | null;
  readonly emergency: boolean;
  readonly seq: string;
  readonly recorded_at: Date;
  readonly created_at: Date;
  readonly created_text: string;
  /** Null before the review. */
  readonly body: string | null;
  readonly chain_hash: Buffer;
}

/** What every review leaves on the record. */
const Reviewed = z.object({
  route: z.enum(['automated', 'human']),
  reasons: z.array(z.object({ code: z.string() })),
  score: z.object({ total: z.number() }),
});
const PAGE = 200;

/** How many runs `readDecidedRuns` looks at. @throws {StoreDown} */
export async function countDecidedRuns(db: Kysely<Database>, since: Date): Promise<number> {
  const { runs } = await db
    .selectFrom('slipway.runs')
    .select(({ fn }) => fn.countAll<string>().as('runs'))
    .where('created_at', '>=', since)
    .where('dry_run', '=', false)
    .executeTakeFirstOrThrow();
  return Number(runs);
}

/**
 * Reviewed runs since a moment, the oldest first, a page at a time: what has been looked at can be forgotten. Dry runs do not
 * count. @throws {StoreDown}
 */
export async function* readDecidedRuns(db: Kysely<Database>, since: Date): AsyncGenerator<DecidedRun> {
  // As text: a Date would lose microseconds.
  for (let last = { at: since.toISOString(), id: '' }; ; ) {
    const rows = await readPage(db, last);
    for (const row of rows) {
      const run = await readDecided(db, row);
      if (run !== null) yield run;
    }
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    last = { at: end.created_text, id: end.id };
  }
}

/** Pages are runs in the order of an index that they have, so that a page costs the same however many there are. */
async function readPage(db: Kysely<Database>, last: { at: string; id: string }): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select r.id, r.repo, r.pr_number, r.head_sha, r.title, r.author, r.service, r.outcome, q.decision,
      r.created_at, r.created_at::text as created_text, r.emergency_reason is not null as emergency,
      q.s as decided_after_s, coalesce(later.asked, false) as asked_later,
      coalesce(later.rejected, false)
        or exists (select from slipway.rollbacks b where b.run_id = r.id and b.status = 'done') as taken_back,
      e.seq, e.recorded_at, e.body, e.chain_hash
    from (
      select * from slipway.runs
      where not dry_run and created_at >= ${last.at}::timestamptz
        and (created_at > ${last.at}::timestamptz or id < ${last.id} or ${last.id} = '')
      order by created_at, id desc limit ${PAGE}
    ) as r
      left join lateral (
        select * from audit.entry where trace_id = r.id and event = 'review_evaluation' order by seq limit 1
      ) as e on true
      left join lateral (
        select decision, s from ${askedQuestions} as one where run_id = r.id and stage = 'review'
      ) as q on true
      left join lateral (
        select bool_or(not reasons ? 'canary_gate') as asked, bool_or(decision = 'reject') as rejected
        from ${askedQuestions} as one where run_id = r.id and stage <> 'review'
      ) as later on true
    order by r.created_at, r.id desc`.execute(db);
  return rows;
}

async function readDecided(db: Kysely<Database>, { body, ...row }: Row): Promise<DecidedRun | null> {
  if (body === null) return null;
  const recorded = toRecorded({ ...row, body });
  const payload = await readPayload(db, recorded);
  const reviewed = Reviewed.safeParse(payload);
  if (payload !== null && !reviewed.success) return null;
  const policy = PolicyRecord.safeParse(payload?.['policy']);
  const { id, repo, pr_number, head_sha, title, author, service, outcome, decision, decided_after_s } = row;
  const { created_at, asked_later, taken_back } = row;
  return {
    id,
    repo,
    pr_number,
    head_sha,
    title,
    author,
    created_at,
    service,
    outcome,
    decision,
    decided_after_s,
    asked_later,
    taken_back,
    tier: policy.data?.tier ?? 'unknown',
    case: payload !== null && policy.success ? parsePolicyCase(row, payload, policy.data) : null,
    route: reviewed.data?.route ?? 'human',
    reasons: reviewed.data === undefined ? [LOST] : [...new Set(reviewed.data.reasons.map(({ code }) => code))],
    score: reviewed.data?.score.total ?? null,
    fired: policy.data?.rules.flatMap(({ expression, result }) => (result === 'yes' ? [expression] : [])) ?? [],
    sceptic_asked: (payload?.['sceptic'] ?? null) !== null,
    recommendation: policy.data?.recommendation ?? null,
    policy_hash: recorded.entry.policy_hash,
  };
}

/** What a review said is not known any more: it counts as one that asked a person, so that losing it makes nothing look better. */
const LOST = 'not_in_the_store';

/** Null where the blob that holds it is gone: one run less to judge, not the end of the judging. */
async function readPayload(db: Kysely<Database>, recorded: Recorded): Promise<Record<string, unknown> | null> {
  try {
    return await wholePayload(db, recorded);
  } catch (error) {
    if (error instanceof PermanentFailure && error.code === 'BLOB_MISSING') return null;
    throw error;
  }
}
