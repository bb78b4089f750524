import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeAll } from '../../src/close-all.ts';
import { RunId } from '../../src/ids.ts';
import { makeFleetMetrics } from '../../src/metrics/fleet-metrics.ts';
import { watchAppends } from '../../src/metrics/watch-appends.ts';
import { openQueues } from '../../src/queues/connections.ts';
import { openRecord } from '../../src/runs/record.ts';
import { WAITS } from '../../src/runs/wait-words.ts';
import { acquireLease } from '../../src/store/leases.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import type { Run } from '../../src/store/tables.ts';
import { raiseBackOff } from '../../src/workers/raise-back-off.ts';
import { type DeskBench, startDeskBench } from '../support/fleet-desk.ts';
import { makeSha } from '../support/record.ts';

let bench: DeskBench;
beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());

async function read(over: Partial<Parameters<typeof makeFleetMetrics>[0]> = {}): Promise<string[]> {
  return (await makeFleetMetrics({ ...bench.ground, budgets: bench.config.budgets, ...over }).text()).split('\n');
}

/** Its first sample; null where the figure is absent. */
function value(lines: readonly string[], sample: string): number | null {
  const line = lines.find((text) => text.startsWith(`${sample} `));
  return line === undefined ? null : Number(line.slice(sample.length + 1));
}

describe('the figures of a fleet that waits', () => {
  const MINUTES = 60_000;
  const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTES);

  async function waitingRun(waiting_for: string | null): Promise<Run> {
    bench.pr++;
    const run = await bench.enqueue();
    if (waiting_for !== null)
      await bench.ground.db
        .updateTable('slipway.runs')
        .set({ status: 'waiting', waiting_for })
        .where('id', '=', run.id)
        .execute();
    return run;
  }

  it('count runs by what they wait for, with words from a short list', async () => {
    const { db } = bench.ground;
    const [holder, second, third, tick, asked] = await Promise.all([
      waitingRun(null),
      waitingRun('for the staging lease of shop, 0 ahead'),
      waitingRun('for the staging lease of shop, 1 ahead'),
      waitingRun(WAITS.tick),
      waitingRun('for a person to decide'),
    ]);
    await waitingRun('for something that nobody foresaw');
    await waitingRun(`${WAITS.window}2026-11-30T08:00Z`);
    await waitingRun(`${WAITS.checkpoint} that covers entry 187`);
    for (const run of [holder, second, third]) await acquireLease(db, 'staging:shop', RunId.parse(run.id));
    await db
      .updateTable('slipway.lease_requests')
      .set({ requested_at: ago(10) })
      .where('run_id', '=', second.id)
      .execute();
    const question = { run_id: asked.id, stage: 'review', approvals_needed: 1, decided_at: null, decision: null };
    await db
      .insertInto('slipway.escalations')
      .values({ ...question, reasons: '[]', package: bench.config.policy_hash, deadline_at: ago(-60) })
      .execute();
    await db
      .updateTable('slipway.runs')
      .set({ created_at: ago(90) })
      .where('id', '=', tick.id)
      .execute();

    const lines = await read();
    const waits = ['person', 'agent', 'lease', 'tick', 'checkpoint', 'held', 'other', 'none'].map((reason) =>
      value(lines, `slipway_runs_waiting{reason="${reason}"}`),
    );
    expect(waits).toEqual([1, 0, 2, 1, 1, 1, 1, 1]);
    expect(value(lines, 'slipway_runs_oldest_age_seconds')).toBeGreaterThan(89 * 60);
    expect(value(lines, 'slipway_lease_waiting{stage="staging"}')).toBe(2);
    expect(value(lines, 'slipway_lease_longest_wait_seconds{stage="staging"}')).toBeGreaterThan(9 * 60);
    expect(value(lines, 'slipway_lease_waiting{stage="canary"}')).toBe(0);
    const left = value(lines, 'slipway_question_next_deadline_seconds') ?? 0;
    expect([left > 50 * 60, left <= 60 * 60]).toEqual([true, true]);
  });

  it('count idle time from the last entry, so that a run which goes on is never idle', async () => {
    await bench.ground.db.updateTable('slipway.runs').set({ status: 'finished', outcome: 'failed' }).execute();
    const run = await waitingRun(WAITS.tick);
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ created_at: ago(90) })
      .where('id', '=', run.id)
      .execute();
    const idle = value(await read(), 'slipway_runs_idle_seconds{reason="tick"}');
    expect(idle).toBeLessThan(60 * 60);
    expect(value(await read(), 'slipway_question_next_deadline_seconds')).toBeNull();
  });

  it('name each service whose canary waits for people, until they decided or it ended', async () => {
    const { db } = bench.ground;
    const run = await waitingRun(null);
    const question = { run_id: run.id, approvals_needed: 1, decided_at: null, decision: null, reasons: '[]' };
    const row = { ...question, package: bench.config.policy_hash, opened_at: ago(20), deadline_at: ago(-40) };
    await db
      .insertInto('slipway.escalations')
      .values({ ...row, stage: 'canary' })
      .execute();
    expect(value(await read(), 'slipway_canary_question_wait_seconds{service="shop"}')).toBeGreaterThan(19 * 60);
    await db
      .updateTable('slipway.escalations')
      .set({ decided_at: ago(0), decision: 'approve' })
      .where('run_id', '=', run.id)
      .execute();
    expect(value(await read(), 'slipway_canary_question_wait_seconds{service="shop"}')).toBe(0);
  });

  it('tell how long ago a target branch was compared, and how often it should be, only of services that are configured', async () => {
    const watched = { branch: 'main', tip: makeSha(), checked_at: ago(90) };
    const rows = ['shop', 'gone'].map((service) => ({ service, ...watched }));
    await bench.ground.db.insertInto('slipway.branch_watch').values(rows).execute();
    const lines = await read({ branches: { services: ['shop', 'new'], everyHours: 12 } });
    const compared = lines
      .filter((line) => /^slipway_branch_compare\w+\{/.test(line))
      .map((line) => line.split(' ')[0]);
    expect(compared).toEqual([
      'slipway_branch_compared_age_seconds{service="shop"}',
      'slipway_branch_compare_interval_seconds{service="shop"}',
    ]);
    expect(value(lines, 'slipway_branch_compared_age_seconds{service="shop"}')).toBeGreaterThanOrEqual(90 * 60);
    expect(value(lines, 'slipway_branch_compare_interval_seconds{service="shop"}')).toBe(12 * 3_600);
  });

  it('name a target branch that does not start, until something went through it again', async () => {
    const { db } = bench.ground;
    const broken = async () => value(await read(), 'slipway_target_branch_broken{service="shop"}');
    const ends = (run: Run, outcome: 'blocked' | 'deployed', outcome_reason: string, minutes: number) =>
      db
        .updateTable('slipway.runs')
        .set({ status: 'finished', outcome, outcome_reason, finished_at: ago(minutes) })
        .where('id', '=', run.id)
        .execute();
    expect(await broken()).toBe(0);
    await ends(await waitingRun(null), 'deployed', 'promoted', 50);
    await ends(await waitingRun(null), 'blocked', 'base_unhealthy', 40);
    expect(await broken()).toBe(1);
    await ends(await waitingRun(null), 'blocked', 'smoke_failed', 30);
    expect(await broken()).toBe(1);
    // One that mends it: its canary says nothing of the branch, its deployment does.
    const mends = await waitingRun(null);
    const question = { run_id: mends.id, stage: 'staging', approvals_needed: 1, decided_at: null, decision: null };
    await db
      .insertInto('slipway.escalations')
      .values({
        ...question,
        reasons: '["base_unhealthy"]',
        package: bench.config.policy_hash,
        opened_at: ago(20),
        deadline_at: ago(-60),
      })
      .execute();
    const span = { stage: 'canary', ended_at: null } as const;
    await db
      .insertInto('slipway.stage_spans')
      .values({ ...span, run_id: mends.id, started_at: ago(10) })
      .execute();
    expect(await broken()).toBe(1);
    await ends(mends, 'deployed', 'promoted', 5);
    expect(await broken()).toBe(0);
    // Mended by hand: the next one whose canary starts has shown that the branch does.
    await ends(await waitingRun(null), 'blocked', 'base_unhealthy', 4);
    expect(await broken()).toBe(1);
    const next = await waitingRun(null);
    await db
      .insertInto('slipway.stage_spans')
      .values({ ...span, run_id: next.id, started_at: ago(3) })
      .execute();
    expect(await broken()).toBe(0);
  });

  it('count notifications that nobody has taken', async () => {
    const run = await waitingRun(null);
    const told = { run_id: run.id, subject: 'incident' } as const;
    await bench.ground.db
      .insertInto('slipway.notifications')
      .values([
        { ...told, channel: 'webhook', status: 'dead' },
        { ...told, channel: 'slack', status: 'sent' },
      ])
      .execute();
    const lines = await read();
    const counts = ['webhook', 'slack'].flatMap((channel) =>
      ['pending', 'dead'].map((status) =>
        value(lines, `slipway_notifications{channel="${channel}",status="${status}"}`),
      ),
    );
    expect(counts).toEqual([0, 1, 0, 0]);
  });

  it('say how long the fleet backs off, and how old the oldest job is, those with a priority too', async () => {
    const { queues } = bench.ground;
    await raiseBackOff(queues.byName.agents, queues.redis, 90_000);
    await queues.byName.approvals.add('approvals', {}, { priority: 3, timestamp: ago(5).getTime() });
    const lines = await read();
    expect(value(lines, 'slipway_agents_back_off_seconds')).toBeGreaterThan(60);
    expect(value(lines, 'slipway_queue_oldest_age_seconds{queue="approvals"}')).toBeGreaterThan(4 * 60);
  });

  it('sum the tokens of each finished run, and none for those that asked nobody', async () => {
    const lines = await read();
    expect(value(lines, 'slipway_run_tokens_sum{outcome="failed"}')).toBe(0);
    expect(value(lines, 'slipway_run_tokens_count{outcome="failed"}')).toBeGreaterThan(3);
    expect(value(lines, 'slipway_run_tokens_bucket{outcome="failed",le="1000"}')).toBeGreaterThan(3);
  });
});

describe('a store that is away', () => {
  it('takes its own figures along and nothing else', async () => {
    const { log } = bench.ground;
    const queues = openQueues('redis://127.0.0.1:1', log);
    const database = openDatabase('postgresql://x:y@127.0.0.1:1/none', { poolSize: 1, log });
    try {
      const noRedis = await read({ queues });
      expect(value(noRedis, 'slipway_store_up{store="redis"}')).toBe(0);
      expect(value(noRedis, 'slipway_store_up{store="postgres"}')).toBe(1);
      expect(
        noRedis.filter((line) => /^slipway_(queue_jobs|agents_cap|agents_back_off_seconds)[ {]/.test(line)),
      ).toEqual([]);
      expect(value(noRedis, 'slipway_runs_waiting{reason="tick"}')).toBe(1);

      const noPostgres = await read({ db: database.db });
      expect(value(noPostgres, 'slipway_store_up{store="postgres"}')).toBe(0);
      expect(
        noPostgres.filter((line) => /^slipway_(runs|replicas|run_tokens|agents_cap_wanted)[ _{]/.test(line)),
      ).toEqual([]);
      expect(value(noPostgres, 'slipway_queue_jobs{queue="review",state="failed"}')).toBe(0);

      const metrics = makeFleetMetrics({ ...bench.ground, budgets: bench.config.budgets });
      const run = await bench.enqueue();
      const failing = { ...bench.ground.audit, append: () => Promise.reject(new Error('lost')) };
      const record = openRecord(watchAppends(failing, metrics.registry), run);
      const draft = {
        stage: 'review',
        step: 'resolve',
        event: 'change_resolved',
        rationale: 'r',
        outcome: 'o',
        payload: {},
      };
      await expect(record.append(draft as never)).rejects.toThrow('lost');
      const counted = (await metrics.text()).split('\n');
      expect(value(counted, 'slipway_audit_append_failures_total{reason="other"}')).toBe(1);
      expect(value(counted, 'slipway_audit_append_failures_total{reason="store"}')).toBe(0);
    } finally {
      await closeAll([() => queues.close(), () => database.close()], log);
    }
  });
});
