import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureAgentCall } from '../../src/agents/ask-call.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { digestOf, RunId, Sha } from '../../src/ids.ts';
import { collectArtifacts } from '../../src/janitor/collect-artifacts.ts';
import { tidy } from '../../src/janitor/janitor.ts';
import type { JanitorDeps } from '../../src/janitor/janitor-deps.ts';
import { readNeededCommits } from '../../src/janitor/start-mirror-janitor.ts';
import { QUEUE_NAMES } from '../../src/queues/registry.ts';
import { openRecord } from '../../src/runs/record.ts';
import { putBlob } from '../../src/store/blobs.ts';
import { acquireLease } from '../../src/store/leases.ts';
import type { Run } from '../../src/store/tables.ts';
import { proceed, type StageStep } from '../../src/workers/step.ts';
import { makeAgentRequest } from '../support/agent-request.ts';
import { eventually } from '../support/eventually.ts';
import { type DeskBench, inHours, startDeskBench } from '../support/fleet-desk.ts';

const DAY_H = 24;
let bench: DeskBench;
let stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});

function tidyAt(hours: number): Promise<void> {
  const deps: JanitorDeps = { ...bench.ground, config: bench.config, signal: new AbortController().signal };
  return tidy(deps, inHours(hours));
}

/** A fleet whose stages do next to nothing; each review asks one model call, whose answer is large and its own. */
function startStages(): void {
  const { db, audit } = bench.ground;
  const current = (id: string) => bench.current({ id });
  const go = async (): Promise<StageStep> => proceed('yes');
  stops = [
    bench.ground.replica('review', async ({ run_id }) => {
      const run = await current(run_id);
      const key = { runId: RunId.parse(run_id), stage: 'review', agent: 'review', n: 0 } as const;
      const request = makeAgentRequest({ system: `about ${run_id}` });
      await ensureAgentCall(db, { ...key, request, deadlineAt: inHours(1) });
      const id = `${run_id}~review~review~0`;
      const call = await db
        .selectFrom('slipway.agent_calls')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      if (call.status === 'queued')
        return {
          kind: 'await_children',
          children: [{ queue: 'agents', id, data: { run_id, call_id: id } }],
          why: 'it',
        };
      await openRecord(audit, run, bench.config.policy_hash).append({
        stage: 'review',
        step: 'evaluate',
        event: 'review_evaluation',
        rationale: 'reviewed',
        outcome: 'automated',
        // Larger than an entry may be: it becomes a blob, and only that blob names the answer.
        payload: { padding: 'x'.repeat(70_000), call: { id, request: call.request, answer: call.answer } },
      });
      return proceed('reviewed');
    }),
    bench.ground.replica('agents', async ({ call_id }) => {
      const answer = await putBlob(db, `answer to ${call_id}`, 'text/plain; charset=utf-8');
      await db
        .updateTable('slipway.agent_calls')
        .set({ status: 'done', kind: 'answer', answer, done_at: new Date() })
        .where('id', '=', call_id)
        .execute();
      return { kind: 'done', result: { call_id } };
    }),
    ...(['test-gen', 'staging', 'canary'] as const).map((queue) => bench.ground.replica(queue, go)),
    bench.ground.replica('release', async ({ run_id }) => {
      await bench.finish(await current(run_id));
      return proceed('over');
    }),
  ].map((replica) => () => replica.stop());
}

async function soak(runs: number): Promise<Run[]> {
  const started: Run[] = [];
  for (let n = 0; n < runs; n++) {
    bench.pr++;
    started.push(await bench.enqueue());
  }
  await eventually(
    'every flow has ended',
    async () => (await bench.ground.queues.byName.release.getJobCounts('completed')).completed! >= runs,
    60_000,
  );
  return started;
}

async function measure() {
  const { redis, byName } = bench.ground.queues;
  const keys = await redis.keys('*');
  // Streams of events are capped by BullMQ, and there is one a queue.
  const jobs = keys.filter((key) =>
    QUEUE_NAMES.some((name) => key.startsWith(byName[name].toKey('')) && /~/.test(key)),
  );
  const count = async (table: string) => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(
      bench.ground.db,
    );
    return rows[0]?.n ?? 0;
  };
  return {
    jobKeys: jobs.length,
    otherKeys: keys.length - jobs.length,
    calls: await count('slipway.agent_calls'),
    blobs: await count('slipway.blobs'),
    entries: await count('audit.entry'),
  };
}

describe('a soak', () => {
  it('leaves as many keys and rows after every round as after the first; the record alone grows', async () => {
    const { db } = bench.ground;
    startStages();
    const RUNS = 25;
    const empty = await measure();
    const rounds = [];
    for (let round = 0; round < 3; round++) {
      await soak(RUNS);
      // A blob that a step put before it died, and nobody ever named.
      for (let n = 0; n < RUNS; n++) await putBlob(db, `lost ${round} ${n}`, 'text/plain');
      const full = await measure();
      expect(full.jobKeys).toBeGreaterThan(RUNS * 6);
      await db
        .updateTable('slipway.runs')
        .set({ finished_at: inHours(-1) })
        .where('status', '=', 'finished')
        .execute();
      await tidyAt(400 * DAY_H);
      rounds.push(await measure());
    }
    // What entries name stays: the large payload, and the request and the answer that only it names.
    const perRound = 3 * RUNS;
    for (const [index, round] of rounds.entries()) {
      expect(round).toMatchObject({ jobKeys: 0, calls: 0 });
      expect(round.otherKeys).toBeLessThanOrEqual(empty.otherKeys + 7 * 12);
      // Some keys live for seconds only, so a round may find one fewer or more; none stays for each run.
      expect(Math.abs(round.otherKeys - (rounds[0]?.otherKeys ?? 0))).toBeLessThan(RUNS);
      // And one more: the policy that the runs were judged by.
      expect(round.blobs - empty.blobs).toBe(perRound * (index + 1) + 1);
      expect(round.entries - empty.entries).toBe(2 * RUNS * (index + 1));
    }
    expect(await verifyLog(db)).toMatchObject({ ok: true });
  }, 240_000);
});

describe('the janitor never takes', () => {
  it('a job, a call or a blob of a run that is not finished, however old, nor of one that finished just now', async () => {
    startStages();
    const [old] = await soak(1);
    const fresh = await bench.current(old!);
    const before = await measure();
    await tidyAt(bench.config.retention.flows_h - 1);
    expect((await measure()).jobKeys).toBe(before.jobKeys);
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ status: 'running', outcome: null, finished_at: null })
      .where('id', '=', fresh.id)
      .execute();
    await tidyAt(400 * DAY_H);
    expect((await measure()).jobKeys).toBe(before.jobKeys);
    await bench.ground.db
      .updateTable('slipway.runs')
      .set({ status: 'finished', outcome: 'failed', finished_at: new Date() })
      .where('id', '=', fresh.id)
      .execute();
    await tidyAt(bench.config.retention.flows_h + 1);
    expect((await measure()).jobKeys).toBe(0);
  });

  it('a blob that somebody puts again, and a place in line of a run that lives', async () => {
    const { db } = bench.ground;
    const digest = await putBlob(db, 'about to be named', 'text/plain');
    await db
      .updateTable('slipway.blobs')
      .set({ created_at: inHours(-1000) })
      .where('digest', '=', digest)
      .execute();
    await putBlob(db, 'about to be named', 'text/plain');
    const [holder, waits] = [await bench.enqueue(), await enqueueNext()];
    for (const run of [holder, waits]) await acquireLease(db, 'staging:shop', RunId.parse(run.id));
    await tidyAt(0);
    const kept = await db.selectFrom('slipway.blobs').select('digest').where('digest', '=', digest).execute();
    expect(kept).toHaveLength(1);
    const line = () => db.selectFrom('slipway.lease_requests').select('run_id').execute();
    expect(await line()).toEqual([{ run_id: waits.id }]);
    await bench.finish(waits);
    await tidyAt(0);
    expect(await line()).toEqual([]);
  });
});

describe('laid-out merges', () => {
  it('go when nobody uses them; those of live runs and of what a target runs stay, and all if it cannot say', async () => {
    const artifactsDir = await mkdtemp(join(tmpdir(), 'slipway-artifacts-'));
    try {
      const named = (text: string): string => digestOf(text);
      const [unused, deployedOne, live, young] = [named('a'), named('b'), named('c'), named('d')];
      for (const name of [unused, deployedOne, live, young, '.draft-1'])
        await mkdir(join(artifactsDir, name, 'src'), { recursive: true });
      for (const name of [unused, deployedOne, live])
        await utimes(join(artifactsDir, name), inHours(-100), inHours(-100));
      const run = await bench.enqueue();
      await bench.ground.db.updateTable('slipway.runs').set({ artifact: live }).where('id', '=', run.id).execute();
      const deps = { db: bench.ground.db, artifactsDir };
      const silent = { ...deps, deployed: () => Promise.reject(new Error('the target is away')) };
      await expect(collectArtifacts(silent, inHours(-1))).rejects.toThrow('the target is away');
      expect(await readdir(artifactsDir)).toHaveLength(5);
      expect(await collectArtifacts({ ...deps, deployed: async () => [deployedOne] }, inHours(-1))).toBe(1);
      expect((await readdir(artifactsDir)).toSorted()).toEqual(['.draft-1', deployedOne, live, young].toSorted());
    } finally {
      await rm(artifactsDir, { recursive: true, force: true });
    }
  });
});

describe('commits of mirrors', () => {
  it('are needed by runs under way, however old, and by those that ended within the time, with every commit they name', async () => {
    const { db } = bench.ground;
    const commits = (n: number) => ({
      target_sha: `${n}a`.repeat(20),
      base_sha: `${n}b`.repeat(20),
      merge_sha: `${n}c`.repeat(20),
    });
    const [live, recent, old] = [await bench.enqueue(), await enqueueNext(), await enqueueNext()];
    await bench.finish(recent);
    await bench.finish(old);
    for (const [n, run] of [live, recent, old].entries())
      await db.updateTable('slipway.runs').set(commits(n)).where('id', '=', run.id).execute();
    await db
      .updateTable('slipway.runs')
      .set({ created_at: inHours(-1000) })
      .where('id', '=', live.id)
      .execute();
    await db
      .updateTable('slipway.runs')
      .set({ finished_at: inHours(-10) })
      .where('id', '=', old.id)
      .execute();
    const needed = await readNeededCommits(db, inHours(-5));
    const expected = [live, recent].flatMap((run, n) => [run.head_sha, ...Object.values(commits(n))]);
    expect(expected.filter((sha) => !needed.has(Sha.parse(sha)))).toEqual([]);
    expect([old.head_sha, ...Object.values(commits(2))].filter((sha) => needed.has(Sha.parse(sha)))).toEqual([]);
  });
});

async function enqueueNext(): Promise<Run> {
  bench.pr++;
  return bench.enqueue();
}
