import { type Kysely, type RawBuilder, sql } from 'kysely';
import { askedQuestions } from '../runs/asked-questions.ts';
import type { Database } from '../store/tables.ts';
import { renderPeople } from './people-sums.ts';
import { type CounterRow, type HistogramRow, renderCounter, renderHistogram } from './render.ts';

const AGENT_EDGES_S = [0.5, 1, 2, 5, 10, 30, 60, 120, 300];
const STAGE_EDGES_S = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];
const TOKEN_EDGES = [1_000, 5_000, 20_000, 50_000, 100_000, 250_000, 1_000_000];
const RUN_EDGES_S = [30, 60, 300, 900, 1_800, 3_600, 14_400, 86_400, 259_200];

type Db = Kysely<Database>;

/** All sums over the record's tables, as Prometheus text. Taken from Postgres, so they survive every restart. Dry runs do not count. */
export async function renderSums(db: Db): Promise<string> {
  const parts = await Promise.all([
    renderUsage(db),
    renderRuns(db),
    renderEscalations(db),
    renderPeople(db),
    renderStages(db),
    renderRunTokens(db),
  ]);
  return parts.join('\n');
}

async function renderUsage(db: Db): Promise<string> {
  const rows = await db
    .selectFrom('slipway.agent_usage')
    .select(['agent', 'model', 'outcome'])
    .select([
      sql<string>`count(*)`.as('requests'),
      sql<string>`sum(input_tokens)`.as('input'),
      sql<string>`sum(output_tokens)`.as('output'),
      sql<string>`sum(cache_read_tokens)`.as('cache_read'),
      sql<string>`sum(cache_write_tokens)`.as('cache_write'),
      sql<string>`sum(cost_microusd)`.as('cost'),
    ])
    .groupBy(['agent', 'model', 'outcome'])
    .execute();
  const kinds = ['input', 'output', 'cache_read', 'cache_write'] as const;
  const tokens = kinds.flatMap((kind) =>
    sumBy(
      rows,
      (r) => ({ agent: r.agent, model: r.model, kind }),
      (r) => Number(r[kind]),
    ),
  );
  const cost = sumBy(
    rows,
    (r) => ({ agent: r.agent, model: r.model }),
    (r) => Number(r.cost) / 1_000_000,
  );
  const requests = rows.map((r) => ({
    labels: { agent: r.agent, model: r.model, outcome: r.outcome },
    value: Number(r.requests),
  }));
  const latency = await readHistogram(
    db,
    sql`select agent, latency_ms / 1000.0 as s from slipway.agent_usage where outcome <> 'unknown'`,
    'agent',
    AGENT_EDGES_S,
  );
  return [
    renderCounter('slipway_agent_tokens_total', 'Tokens that the model billed.', tokens),
    renderCounter('slipway_agent_cost_usd_total', 'Cost of agent calls in US dollars, by the configured prices.', cost),
    renderCounter('slipway_agent_requests_total', 'Requests that the model answered, by what came of them.', requests),
    renderHistogram(
      'slipway_agent_request_duration_seconds',
      'Time to an answer of the model.',
      AGENT_EDGES_S,
      latency,
    ),
  ].join('\n');
}

async function renderRuns(db: Db): Promise<string> {
  const rows = await db
    .selectFrom('slipway.runs')
    .select(['outcome', sql<string>`count(*)`.as('runs')])
    .where('status', '=', 'finished')
    .where('dry_run', '=', false)
    .groupBy('outcome')
    .execute();
  const durations = sql`select coalesce(outcome, 'none') as outcome, extract(epoch from finished_at - created_at) as s
    from slipway.runs where status = 'finished' and not dry_run`;
  return [
    renderCounter(
      'slipway_runs_total',
      'Finished runs by outcome.',
      rows.map((r) => ({ labels: { outcome: r.outcome ?? 'none' }, value: Number(r.runs) })),
    ),
    renderHistogram(
      'slipway_run_duration_seconds',
      'From enqueue to outcome.',
      RUN_EDGES_S,
      await readHistogram(db, durations, 'outcome', RUN_EDGES_S),
    ),
  ].join('\n');
}

async function renderEscalations(db: Db): Promise<string> {
  const { rows } = await sql<{ stage: string; reason: string; n: string }>`
    select q.stage, reason, count(*) as n
    from ${askedQuestions} q join slipway.runs r on r.id = q.run_id, jsonb_array_elements_text(q.reasons) reason
    where not r.dry_run group by 1, 2`.execute(db);
  return renderCounter(
    'slipway_escalations_total',
    'Questions to people, once for each reason.',
    rows.map(({ stage, reason, n }) => ({ labels: { stage, reason }, value: Number(n) })),
  );
}

async function renderStages(db: Db): Promise<string> {
  const durations = sql`select s.stage, extract(epoch from s.ended_at - s.started_at) as s
    from slipway.stage_spans s join slipway.runs r on r.id = s.run_id where s.ended_at is not null and not r.dry_run`;
  return renderHistogram(
    'slipway_stage_duration_seconds',
    'From the first step of a stage to its end, waits included.',
    STAGE_EDGES_S,
    await readHistogram(db, durations, 'stage', STAGE_EDGES_S),
  );
}

/** Tokens of a run over all its calls, cached ones too; a run that asked no model used none. */
async function renderRunTokens(db: Db): Promise<string> {
  const tokens = sql`select coalesce(r.outcome, 'none') as outcome,
      coalesce(sum(u.input_tokens::bigint + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens), 0)::float8 as s
    from slipway.runs r left join slipway.agent_usage u on u.run_id = r.id
    where r.status = 'finished' and not r.dry_run group by r.id`;
  return renderHistogram(
    'slipway_run_tokens',
    'Tokens that a finished run used.',
    TOKEN_EDGES,
    await readHistogram(db, tokens, 'outcome', TOKEN_EDGES),
  );
}

/** `from` yields the label and `s`, seconds. */
async function readHistogram(
  db: Db,
  from: RawBuilder<unknown>,
  label: string,
  edges: readonly number[],
): Promise<HistogramRow[]> {
  const counts = sql.join(edges.map((edge) => sql`count(*) filter (where s <= ${edge}::float8)`));
  const { rows } = await sql<{ label: string; counts: string[]; n: string; total: string }>`
    select ${sql.ref(label)} as label, array[${counts}]::text[] as counts, count(*) as n, coalesce(sum(s), 0) as total
    from (${from}) observed group by 1`.execute(db);
  return rows.map((row) => ({
    labels: { [label]: row.label },
    counts: row.counts.map(Number),
    count: Number(row.n),
    sum: Number(row.total),
  }));
}

function sumBy<T>(
  rows: readonly T[],
  labelsOf: (row: T) => Record<string, string>,
  valueOf: (row: T) => number,
): CounterRow[] {
  const sums = new Map<string, CounterRow>();
  for (const row of rows) {
    const labels = labelsOf(row);
    const key = JSON.stringify(labels);
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + valueOf(row) });
  }
  return [...sums.values()];
}
