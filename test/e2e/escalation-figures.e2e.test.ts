import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunId, type Sha } from '../../src/ids.ts';
import { renderSums } from '../../src/metrics/sums.ts';
import { makeEscalationFigures } from '../../src/policy/escalation-figures.ts';
import { askPeople, openQuestion } from '../../src/runs/escalate.ts';
import { expireQuestion, withdrawQuestion } from '../../src/runs/expire-question.ts';
import { finishRun } from '../../src/runs/finish-run.ts';
import { readDecidedRuns } from '../../src/runs/read-decided-runs.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { DecisionRequest } from '../../src/runs/run-desk.ts';
import type { Run } from '../../src/store/tables.ts';
import { ASKER } from '../support/asker.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';
import { person } from '../support/fleet-flow.ts';
import { makePolicyRecord } from '../support/http-seeds.ts';
import { makeSha } from '../support/record.ts';
import { reviewQuestion } from '../support/review-question.ts';

const REASON = 'a test key of the vendor, published in their documents';
const NAMES = ['slipway_escalations_total', 'slipway_decision_duration_seconds'];

let bench: DeskBench;
let before = new Map<string, number>();
const fallen: string[] = [];
beforeAll(async () => {
  bench = await startDeskBench();
  await putOnRecord();
});
afterAll(() => bench.ground.close());

/** A run whose review stands on the record. */
async function reviewed(
  options: {
    service?: 'shop' | 'api' | 'web';
    tier?: string;
    reasons?: string[];
    recommendation?: 'approve' | 'reject' | 'none';
    over?: Partial<Parameters<DeskBench['request']>[0]>;
    by?: string;
  } = {},
): Promise<Run> {
  const { service = 'shop', tier = 'standard', reasons = ['risk_score'], recommendation = 'approve', by } = options;
  const repo = service === 'shop' ? 'acme/shop' : 'acme/mono';
  const result = await bench.desk.enqueue(bench.request({ repo, service, ...options.over }), person(by ?? 'tomas'));
  if (result.kind !== 'created') throw new Error(result.kind);
  const { run } = result;
  await recordOf(run).append({
    stage: 'review',
    step: 'evaluate',
    event: 'review_evaluation',
    rationale: 'reviewed',
    outcome: 'reviewed',
    payload: {
      route: reasons.length === 0 ? 'automated' : 'human',
      reasons: reasons.map((code) => ({ code, text: code })),
      score: { total: 6 },
      policy: makePolicyRecord({ tier, recommendation }),
    },
  });
  await recordOf(run).append({
    stage: 'review',
    step: 'resolve',
    event: 'change_resolved',
    rationale: 'resolved',
    outcome: 'resolved',
    payload: { contributors: [{ name: 'Nina', email: 'nina@example.com' }] },
  });
  if (reasons.length > 0) await ask(run, reasons);
  return run;
}

const recordOf = (run: Run) => openRecord(bench.ground.audit, run, bench.config.policy_hash);

async function ask(run: Run, codes: readonly string[]): Promise<void> {
  const reasons = codes.map((code) => ({ code, text: code }));
  const question = async () => reviewQuestion({ deadlineAt: inHours(1), reasons });
  await askPeople(bench.ground.db, recordOf(run), run, question, 'review', new Date(), ASKER);
  await look(`${codes.join()} asked`);
}

async function askCanary(run: Run, n: number, kind: 'hold' | 'gate'): Promise<void> {
  const deadlineAt = inHours(1);
  const question = reviewQuestion({ deadlineAt, reasons: [{ code: `canary_${kind}`, text: kind }] });
  const canary = {
    kind,
    share_pct: 5,
    to_pct: 100,
    seen: 'as seen',
    missing: [],
    numbers: {},
    ticks: 3,
    until: deadlineAt.toISOString(),
  };
  const put = async () => ({
    ...question,
    stage: 'canary' as const,
    contextPackage: { ...question.contextPackage, canary },
  });
  await openQuestion(bench.ground.db, recordOf(run), run, put, 'canary', n, ASKER);
  await look(`question ${n} of a canary asked`);
}

async function decide(run: Run, decision: DecisionRequest['decision'], by = ['mara']): Promise<void> {
  const request = { decision, reason: REASON, head_sha: run.head_sha as Sha };
  let result: unknown = null;
  for (const who of by) result = await bench.desk.decide(RunId.parse(run.id), request, person(who));
  expect(result).toMatchObject({ kind: 'recorded', decision });
  await look(`${decision} decided`);
}

/** As `release` does. */
async function finish(run: Run, outcome: string): Promise<void> {
  const reason = `ended ${outcome}`;
  const draft = { stage: 'release', step: 'finish', event: 'run_finished', rationale: reason, outcome, payload: {} };
  await recordOf(run).append(draft as Parameters<ReturnType<typeof recordOf>['append']>[0]);
  await finishRun(bench.ground.db, { id: RunId.parse(run.id), outcome, reason, at: new Date() });
  await look(`ended ${outcome}`);
}

async function scrape(): Promise<Map<string, number>> {
  const lines = (await renderSums(bench.ground.db)).split('\n');
  return new Map(
    lines
      .filter((line) => NAMES.some((name) => line.startsWith(name)))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** Prometheus takes any fall of a counter, by however little, for a restart, and adds it whole. */
async function look(what: string): Promise<void> {
  const now = await scrape();
  for (const [name, value] of before)
    if ((now.get(name) ?? -1) < value) fallen.push(`${what}: ${name} ${value} -> ${now.get(name) ?? 'absent'}`);
  before = now;
}

/** What happens to changes, each by the functions that a fleet calls. */
async function putOnRecord(): Promise<void> {
  bench.pr++;
  const approved = await reviewed({ tier: 'critical', reasons: ['risk_score', 'schema_changes_detected'] });
  await decide(approved, 'approve');
  await finish(approved, 'deployed');
  bench.pr++;
  const rejected = await reviewed({ service: 'api', recommendation: 'reject' });
  await decide(rejected, 'reject');
  await finish(rejected, 'rejected');
  bench.pr++;
  const expired = await reviewed({ service: 'api' });
  await expireQuestion(bench.ground.db, bench.ground.audit, expired, 'review');
  await finish(expired, 'rejected');
  bench.pr++;
  const overridden = await reviewed({ service: 'web', reasons: ['secrets_added'], recommendation: 'reject' });
  await decide(overridden, 'approve');
  await finish(overridden, 'deployed');
  bench.pr++;
  const older = await reviewed();
  const head_sha = makeSha();
  bench.ancestry.add(`${older.head_sha}<${head_sha}`);
  await reviewed({ reasons: [], over: { head_sha } });
  expect(await bench.current(older)).toMatchObject({ stop_kind: 'superseded' });
  await finish(older, 'superseded');
  bench.pr++;
  const emergency = await reviewed({
    reasons: ['emergency'],
    over: { emergency: 'checkout is down for all' },
    by: 'uma',
  });
  await decide(emergency, 'approve', ['mara', 'jonas']);
  bench.pr++;
  const shadow = await reviewed({ service: 'web', tier: 'internal', reasons: ['rollout'] });
  await decide(shadow, 'approve');
  await finish(shadow, 'deployed');
  bench.pr++;
  const dry = await reviewed({ over: { dry_run: true } });
  await decide(dry, 'approve');
  bench.pr++;
  const canary = await reviewed({ service: 'api', tier: 'critical', reasons: [] });
  await askCanary(canary, 0, 'hold');
  await decide(canary, 'extend');
  await askCanary(canary, 1, 'hold');
  await decide(canary, 'approve');
  await askCanary(canary, 2, 'gate');
  await decide(canary, 'approve');
  await askCanary(canary, 3, 'gate');
  await withdrawQuestion(bench.ground.db, recordOf(canary), canary, 3, 'it failed', ASKER);
  await finish(canary, 'rolled_back');
  bench.pr++;
  await diesAfterDeciding(await reviewed({ service: 'web', recommendation: 'reject' }));
}

/** Who decided died before the row was closed, and the run is ended before a sweeper comes by. */
async function diesAfterDeciding(run: Run): Promise<void> {
  await recordOf(run).append({
    stage: 'review',
    step: 'route',
    event: 'human_decision',
    actor: { kind: 'human', id: 'mara' },
    rationale: REASON,
    outcome: 'reject',
    payload: { recommendation: 'reject' },
  });
  await finish(run, 'cancelled');
}

/** Counted by hand, from the entries alone. */
const ENTRIES = sql`
  select recorded_at, trace_id, body::jsonb as b from audit.entry where not (body::jsonb -> 'dry_run')::boolean`;

const DECISIONS = sql`
  select d.b ->> 'service' as service, d.b ->> 'outcome' as decision, d.b ->> 'stage' as stage, d.trace_id,
    d.b #>> '{payload,recommendation}' as recommendation,
    extract(epoch from d.recorded_at - q.recorded_at)::float8 as s
  from (${ENTRIES}) d join (${ENTRIES}) q on q.trace_id = d.trace_id and q.b -> 'stage' = d.b -> 'stage' and q.b -> 'n' = d.b -> 'n'
  where d.b ->> 'event' = 'human_decision' and q.b ->> 'event' = 'escalated'`;

describe('the figures of escalations', () => {
  it('never fall', () => {
    expect(fallen).toEqual([]);
  });

  it('are those of the record, whatever became of the questions since', async () => {
    const { db } = bench.ground;
    const shown = await scrape();

    const { rows: asked } = await sql<{ stage: string; reason: string; n: number }>`
      select b ->> 'stage' as stage, r ->> 'code' as reason, count(*)::int as n
      from (${ENTRIES}) e, jsonb_array_elements(b #> '{payload,reasons}') r
      where b ->> 'event' = 'escalated' group by 1, 2`.execute(db);
    const questions = asked.map(({ stage, reason, n }) => [
      `slipway_escalations_total{stage="${stage}",reason="${reason}"}`,
      n,
    ]);
    expect(Object.fromEntries([...shown].filter(([name]) => name.startsWith('slipway_escalations_total')))).toEqual(
      Object.fromEntries(questions),
    );
    expect(questions).toContainEqual(['slipway_escalations_total{stage="canary",reason="canary_hold"}', 2]);

    const { rows: decided } = await sql<{ service: string; decision: string; n: number; at_once: number; s: number }>`
      select service, decision, count(*)::int as n, count(*) filter (where s <= 300)::int as at_once, sum(s) as s
      from (${DECISIONS}) d where decision <> 'withdrawn' group by 1, 2`.execute(db);
    const durations = [...shown].filter(([name]) => name.startsWith('slipway_decision_duration_seconds_count'));
    const labels = (row: { service: string; decision: string }) =>
      `service="${row.service}",decision="${row.decision}"`;
    expect(Object.fromEntries(durations)).toEqual(
      Object.fromEntries(decided.map((row) => [`slipway_decision_duration_seconds_count{${labels(row)}}`, row.n])),
    );
    for (const row of decided) {
      expect(shown.get(`slipway_decision_duration_seconds_bucket{${labels(row)},le="300"}`)).toBe(row.at_once);
      // Row and entry are written one after the other.
      expect(shown.get(`slipway_decision_duration_seconds_sum{${labels(row)}}`)).toBeCloseTo(row.s, 0);
    }
    expect(decided).toContainEqual(expect.objectContaining({ service: 'api', decision: 'extend', n: 1 }));
  });

  it('are by tier and service what the record says, as `policy calibrate` shows them', async () => {
    const groups = new Map<string, ReturnType<typeof makeEscalationFigures>>();
    for await (const run of readDecidedRuns(bench.ground.db, new Date(0))) {
      const name = `${run.tier} ${run.service}`;
      const group = groups.get(name) ?? makeEscalationFigures();
      group.add(run);
      groups.set(name, group);
    }
    const shown = [...groups].map(([name, group]) => {
      const { reviewed: all, escalated, shadow, shadow_agreement, agreement, false_positive } = group.result();
      const shares = [escalated, shadow_agreement, agreement, false_positive].map(({ count, of }) => `${count}/${of}`);
      return `${name}: ${all} ${shadow} ${shares.join(' ')}`;
    });
    const { rows: counted } = await sql<{ line: string }>`
      with entries as materialized (${ENTRIES}), run as (
        select v.trace_id, v.b #>> '{payload,policy,tier}' as tier, v.b ->> 'service' as service, v.b ->> 'head_sha' as head,
          v.b #> '{payload,reasons}' @> '[{"code": "rollout"}]' as shadow, f.b ->> 'outcome' as outcome,
          exists (select from entries q, jsonb_array_elements(q.b #> '{payload,reasons}') r
            where q.trace_id = v.trace_id and q.b ->> 'event' = 'escalated'
              and r ->> 'code' not in ('rollout', 'emergency', 'canary_gate')) as escalated,
          exists (select from entries d where d.trace_id = v.trace_id and d.b ->> 'event' = 'human_decision'
            and d.b ->> 'outcome' = 'reject') as refused,
          p.decision, p.decision = p.recommendation as same, p.recommendation in ('approve', 'reject') as spoke
        from entries v left join entries f on f.trace_id = v.trace_id and f.b ->> 'event' = 'run_finished'
          left join (${DECISIONS}) p on p.trace_id = v.trace_id and p.stage = 'review' and p.decision in ('approve', 'reject')
        where v.b ->> 'event' = 'review_evaluation')
      select format('%s %s: %s %s %s/%s %s/%s %s/%s %s/%s', tier, service, count(distinct head), count(*) filter (where shadow),
        count(distinct head) filter (where escalated), count(distinct head),
        count(*) filter (where shadow and spoke and same), count(*) filter (where shadow and spoke),
        count(*) filter (where spoke and same), count(*) filter (where spoke),
        count(*) filter (where escalated and outcome = 'deployed' and not refused),
        count(*) filter (where escalated and (outcome in ('deployed', 'rolled_back') or refused))) as line
      from run group by tier, service`.execute(bench.ground.db);
    expect(shown.toSorted()).toEqual(counted.map(({ line }) => line).toSorted());
    expect(shown).toContainEqual(expect.stringMatching(/^critical api: 1 0 1\/1 /));
  });
});
