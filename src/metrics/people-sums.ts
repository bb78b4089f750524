import { type Kysely, sql } from 'kysely';
import { askedQuestions } from '../runs/asked-questions.ts';
import { UNAUDITED_KINDS } from '../store/branch-tables.ts';
import type { Database } from '../store/tables.ts';
import { renderCounter, renderHistogram } from './render.ts';

const DECISION_EDGES_S = [300, 900, 1_800, 3_600, 14_400, 43_200, 86_400, 259_200];

/** What people were asked and how they answered, by service: with the reviews beside them the escalation rate. */
export async function renderPeople(db: Kysely<Database>): Promise<string> {
  const [reviews, decisions, unaudited] = await Promise.all([readReviews(db), readDecisions(db), readUnaudited(db)]);
  return [
    renderCounter('slipway_reviews_total', 'Reviewed runs by the route that the policy gave them.', reviews),
    renderHistogram(
      'slipway_decision_duration_seconds',
      'From the question to the decision of people, or to its expiry.',
      DECISION_EDGES_S,
      decisions,
    ),
    renderCounter(
      'slipway_unaudited_commits_total',
      'Commits on target branches that no run brought, and branches whose history was rewritten.',
      unaudited,
    ),
  ].join('\n');
}

async function readReviews(db: Kysely<Database>) {
  const { rows } = await sql<{ service: string; route: string; n: string }>`
    select service, route, count(*) as n from slipway.runs where route is not null and not dry_run
    group by 1, 2`.execute(db);
  return rows.map(({ service, route, n }) => ({ labels: { service, route }, value: Number(n) }));
}

async function readDecisions(db: Kysely<Database>) {
  const counts = sql.join(DECISION_EDGES_S.map((edge) => sql`count(*) filter (where s <= ${edge}::float8)`));
  const { rows } = await sql<{ service: string; decision: string; counts: string[]; n: string; total: string }>`
    select service, decision, array[${counts}]::text[] as counts, count(*) as n, coalesce(sum(s), 0) as total from (
      select r.service, q.decision, q.s from ${askedQuestions} q join slipway.runs r on r.id = q.run_id
      where q.decision in ('approve', 'reject', 'extend', 'expired') and not r.dry_run) decided
    group by 1, 2`.execute(db);
  return rows.map(({ service, decision, counts: cumulative, n, total }) => ({
    labels: { service, decision },
    counts: cumulative.map(Number),
    count: Number(n),
    sum: Number(total),
  }));
}

/** Zero for each branch that is watched: the first commit that is found has to show as a rise. */
async function readUnaudited(db: Kysely<Database>) {
  const { rows } = await sql<{ service: string; kind: string; n: string }>`
    select w.service, k.kind, count(u.found_at) as n
    from slipway.branch_watch w cross join unnest(${[...UNAUDITED_KINDS]}::text[]) as k(kind)
      left join slipway.unaudited u on u.service = w.service and u.kind = k.kind
    group by 1, 2 order by 1, 2`.execute(db);
  return rows.map(({ service, kind, n }) => ({ labels: { service, kind }, value: Number(n) }));
}
