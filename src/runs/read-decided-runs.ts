import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { toRecorded } from '../audit/read-entries.ts';
import type { DecidedRun } from '../policy/decided-run.ts';
import { PolicyRecord } from '../policy/policy-record.ts';
import type { Database } from '../store/tables.ts';
import { parsePolicyCase } from './parse-policy-case.ts';
import { wholePayload } from './whole-payload.ts';

interface Row {
  readonly id: string;
  readonly repo: string;
  readonly pr_number: number;
  readonly title: string;
  readonly author: string;
  readonly service: string;
  readonly outcome: string | null;
  readonly decision: string | null;
  readonly decided_after_s: number | null;
  readonly emergency: boolean;
  readonly seq: string;
  readonly recorded_at: Date;
  readonly body: string;
  readonly chain_hash: Buffer;
}

/** What every review leaves on the record. */
const Reviewed = z.object({
  route: z.enum(['automated', 'human']),
  reasons: z.array(z.object({ code: z.string() })),
  score: z.object({ total: z.number() }),
});
const PAGE = 200;

/** Reviewed runs since a moment, oldest first. Dry runs do not count. @throws {StoreDown} */
export async function readDecidedRuns(db: Kysely<Database>, since: Date): Promise<DecidedRun[]> {
  const decided: DecidedRun[] = [];
  for (let after = '-1'; ; ) {
    const { rows } = await sql<Row>`
      select r.id, r.repo, r.pr_number, r.title, r.author, r.service, r.outcome, q.decision,
        r.emergency_reason is not null as emergency,
        extract(epoch from q.decided_at - q.opened_at)::float8 as decided_after_s,
        e.seq, e.recorded_at, e.body, e.chain_hash
      from slipway.runs r
        join audit.entry e on e.trace_id = r.id and e.event = 'review_evaluation'
        left join slipway.escalations q on q.run_id = r.id and q.stage = 'review'
      where r.created_at >= ${since} and not r.dry_run and e.seq > ${after}
      order by e.seq limit ${PAGE}`.execute(db);
    for (const row of rows) {
      const run = await readDecided(db, row);
      if (run !== null) decided.push(run);
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return decided;
    after = last.seq;
  }
}

async function readDecided(db: Kysely<Database>, row: Row): Promise<DecidedRun | null> {
  const payload = await wholePayload(db, toRecorded(row));
  const reviewed = Reviewed.safeParse(payload);
  if (!reviewed.success) return null;
  const policy = PolicyRecord.safeParse(payload['policy']);
  const { id, repo, pr_number, title, service, outcome, decision, decided_after_s } = row;
  return {
    id,
    repo,
    pr_number,
    title,
    service,
    outcome,
    decision,
    decided_after_s,
    tier: policy.data?.tier ?? 'unknown',
    case: policy.success ? parsePolicyCase(row, payload, policy.data) : null,
    route: reviewed.data.route,
    reasons: [...new Set(reviewed.data.reasons.map(({ code }) => code))],
    score: reviewed.data.score.total,
    recommendation: policy.data?.recommendation ?? null,
  };
}
