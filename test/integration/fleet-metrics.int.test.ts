import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelServer, startModelServer } from '../../src/demo/model-server.ts';
import { renderSums } from '../../src/metrics/sums.ts';
import { eventually } from '../support/eventually.ts';
import { callsLeft, queueCalls } from '../support/fleet-calls.ts';
import { type FleetGround, makeFleetGround } from '../support/fleet-ground.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';

let ground: FleetGround;
let model: ModelServer;
let env: NodeJS.ProcessEnv;
let workers: FleetProcess[] = [];
let server: FleetProcess;
beforeAll(async () => {
  [ground, model] = await Promise.all([makeFleetGround(), startModelServer({ port: 0, latencyMs: 5 })]);
  env = {
    REDIS_URL: ground.redisUrl,
    DATABASE_URL: ground.databaseUrl,
    SLIPWAY_DATA_DIR: ground.directory,
    ANTHROPIC_API_KEY: 'any',
    ANTHROPIC_BASE_URL: model.url,
  };
  const worker = () => startProcess('worker', ['--stages', 'agents,approvals', '--concurrency', '2'], env);
  [server, ...workers] = await Promise.all([startProcess('server', [], env), worker(), worker()]);
});
afterAll(async () => {
  await Promise.all([server, ...workers].map((process) => process?.kill()));
  await model.close();
  await ground.close();
});

async function scrape(url: string): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  return response.text();
}

/** Sum of all samples of a metric whose labels hold each of `having`. */
function total(text: string, name: string, ...having: string[]): number {
  return text
    .split('\n')
    .filter(
      (line) =>
        (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && having.every((label) => line.includes(label)),
    )
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function counters(text: string): Map<string, number> {
  const names = new Set(
    [...text.matchAll(/^# TYPE (slipway_\S+) (?:counter|histogram)$/gm)].map((match) => match[1] ?? ''),
  );
  const fleet = [...names].filter((name) => !/^slipway_(process|nodejs)_/.test(name));
  return new Map(
    text
      .split('\n')
      .filter((line) => !line.startsWith('#') && fleet.some((name) => line.startsWith(name)))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('figures of a fleet of processes', () => {
  const CALLS = 40;

  it('tokens at the server are what the model server billed, also for answers that were of no use', async () => {
    const runId = await queueCalls(ground, CALLS, (n) => (n % 5 === 0 ? { max_output_tokens: 3 } : {}));
    await eventually('every call is answered', async () => (await callsLeft(ground, runId)) === 0);
    const billed = model.stats();
    expect(billed.requests).toBe(CALLS);
    const text = await scrape(server.url);
    expect(total(text, 'slipway_agent_tokens_total', 'kind="input"')).toBe(billed.inputTokens);
    expect(total(text, 'slipway_agent_tokens_total', 'kind="output"')).toBe(billed.outputTokens);
    expect(total(text, 'slipway_agent_requests_total')).toBe(CALLS);
    expect(total(text, 'slipway_agent_requests_total', 'outcome="output_cut"')).toBe(CALLS / 5);
    expect(total(text, 'slipway_agent_request_duration_seconds_count')).toBe(CALLS);
    expect(total(text, 'slipway_agent_cost_usd_total')).toBeGreaterThan(0);
    expect(total(text, 'slipway_agents_cap')).toBe(5);
    const texts = await Promise.all(workers.map((worker) => scrape(worker.url)));
    expect(texts.reduce((sum, own) => sum + total(own, 'slipway_worker_agent_requests_total'), 0)).toBe(CALLS);
  });

  it('each worker answers for itself: its queues, its memory, that it lives and that it is ready', async () => {
    for (const { url } of workers) {
      const text = await scrape(url);
      expect(total(text, 'slipway_worker_stage_info', 'queue="agents"')).toBe(1);
      expect(total(text, 'slipway_worker_stage_info', 'queue="review"')).toBe(0);
      expect(total(text, 'slipway_process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
      expect(text).not.toContain('slipway_agent_tokens_total');
      for (const probe of ['healthz', 'readyz']) expect((await fetch(`${url}/${probe}`)).status).toBe(200);
    }
  });

  it('never fall over a restart of the server', async () => {
    const before = counters(await scrape(server.url));
    expect(before.size).toBeGreaterThan(15);
    expect(await server.stop()).toBe(0);
    server = await startProcess('server', [], env);
    const after = counters(await scrape(server.url));
    for (const [name, value] of before)
      expect({ name, value: after.get(name) ?? -1 }).toEqual({
        name,
        value: expect.toSatisfy((now: number) => now >= value),
      });
  });

  it('workers end in order when they are told to', async () => {
    expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0]);
  });
});

describe('sums over the record’s tables', () => {
  it('count finished runs by outcome, escalations by reason and stages, and no dry run', async () => {
    const [done, dry, live] = [makeRunFacts(), makeRunFacts({ dry_run: true }), makeRunFacts()];
    const finished = {
      status: 'finished',
      outcome: 'rolled_back',
      created_at: new Date('2026-11-01T00:00:00Z'),
      finished_at: new Date('2026-11-01T00:00:45Z'),
    } as const;
    await insertRun(ground.db, done, finished);
    await insertRun(ground.db, dry, finished);
    await insertRun(ground.db, live);
    for (const { id } of [done, dry]) {
      const blob = await ground.db.selectFrom('slipway.blobs').select('digest').limit(1).executeTakeFirstOrThrow();
      const question = {
        run_id: id,
        stage: 'review',
        package: blob.digest,
        approvals_needed: 1,
        deadline_at: new Date(),
        opened_at: new Date('2026-11-01T00:00:00Z'),
        decided_at: new Date('2026-11-01T00:10:00Z'),
        decision: 'approve',
      };
      await ground.db
        .insertInto('slipway.escalations')
        .values({ ...question, reasons: JSON.stringify(['risk_score', 'secrets_added']) })
        .execute();
      const span = {
        run_id: id,
        stage: 'canary',
        started_at: new Date('2026-11-01T00:00:00Z'),
        ended_at: new Date('2026-11-01T00:00:10Z'),
      };
      await ground.db.insertInto('slipway.stage_spans').values(span).execute();
    }
    await ground.db.updateTable('slipway.runs').set({ route: 'human' }).where('id', 'in', [done.id, dry.id]).execute();
    const text = await renderSums(ground.db);
    const lines = text.split('\n').filter((line) => !line.startsWith('#'));
    expect(lines).toContain('slipway_runs_total{outcome="rolled_back"} 1');
    expect(lines.filter((line) => line.startsWith('slipway_runs_total'))).toHaveLength(1);
    expect(lines).toContain('slipway_escalations_total{stage="review",reason="risk_score"} 1');
    expect(lines).toContain('slipway_escalations_total{stage="review",reason="secrets_added"} 1');
    expect(lines).toContain(`slipway_reviews_total{service="${done.service}",route="human"} 1`);
    const decided = `service="${done.service}",decision="approve"`;
    expect(lines).toContain(`slipway_decision_duration_seconds_bucket{${decided},le="300"} 0`);
    expect(lines).toContain(`slipway_decision_duration_seconds_bucket{${decided},le="900"} 1`);
    expect(lines).toContain('slipway_run_duration_seconds_bucket{outcome="rolled_back",le="30"} 0');
    expect(lines).toContain('slipway_run_duration_seconds_bucket{outcome="rolled_back",le="60"} 1');
    expect(lines).toContain('slipway_run_duration_seconds_sum{outcome="rolled_back"} 45');
    expect(lines).toContain('slipway_stage_duration_seconds_bucket{stage="canary",le="5"} 0');
    expect(lines).toContain('slipway_stage_duration_seconds_bucket{stage="canary",le="15"} 1');
  });
});
