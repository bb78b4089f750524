import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { EntryDraft, RunFacts } from '../../src/audit/audit-log.ts';
import { newRunId } from '../../src/ids.ts';
import { type BenchGround, startBenchGround } from '../support/bench-ground.ts';
import { median, percentile } from '../support/statistics.ts';
import { diffCounts, openStoreProbe } from '../support/store-counts.ts';
import type { SuiteOptions, SuiteResult, TableRow } from '../support/suite.ts';

const WRITERS = [1, 8, 32];
const SLICE_MS = 1_000;

interface Slice {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly commitsEach: number;
  /** Of this process and the database together: what a busy machine does not change much. */
  readonly cpuUs: number;
}

/** Appends through Slipway's own log (canonical text, chain, line of the copy) against a plain insert of the same bytes. */
export async function audit(options: SuiteOptions): Promise<SuiteResult> {
  const ground = await startBenchGround(1, options.log);
  const probe = await openStoreProbe(ground);
  const pool = await openPlainTable(ground);
  try {
    const arms = {
      append: async () => void (await ground.core.audit.append(...makeEntry())),
      'plain insert': () => insertPlain(pool),
    };
    const rows: TableRow[] = [];
    for (const writers of WRITERS) {
      options.say(`audit: ${writers} writer(s)`);
      const taken: Record<keyof typeof arms, Slice[]> = { append: [], 'plain insert': [] };
      for (let round = 0; round <= options.rounds; round++) {
        const order = round % 2 === 0 ? (['append', 'plain insert'] as const) : (['plain insert', 'append'] as const);
        for (const name of order) {
          const before = await probe.read();
          const cpu = process.cpuUsage();
          const slice = await writeFor(options.quick ? 200 : SLICE_MS, writers, arms[name]);
          const { user, system } = process.cpuUsage(cpu);
          const { commits, postgresCpuMs } = diffCounts(await probe.read(), before);
          const cpuUs = (user + system + postgresCpuMs * 1_000) / slice.count;
          if (round > 0) taken[name].push({ ...slice, commitsEach: commits / slice.count, cpuUs });
        }
      }
      rows.push(...toRows(taken, writers));
    }
    return { suite: 'audit', rows };
  } finally {
    await pool.end();
    await probe.close();
    await ground.close();
  }
}

function toRows(taken: Record<'append' | 'plain insert', Slice[]>, writers: number): TableRow[] {
  const ratios = taken.append.map((slice, n) => slice.perSecond / (taken['plain insert'][n]?.perSecond ?? Number.NaN));
  return (['append', 'plain insert'] as const).map((name) => {
    const of = (figure: (slice: Slice) => number) => median(taken[name].map(figure));
    return {
      case: `${name}, ${writers} writer(s)`,
      per_second: of((slice) => slice.perSecond),
      p50_ms: of((slice) => slice.p50),
      p99_ms: of((slice) => slice.p99),
      cpu_us_each: of((slice) => slice.cpuUs),
      commits_each: of((slice) => slice.commitsEach),
      ...(name === 'append'
        ? { of_plain: median(ratios), of_plain_min: Math.min(...ratios), of_plain_max: Math.max(...ratios) }
        : {}),
    };
  });
}

/** The columns and indexes of the log, and nothing else of it. */
async function openPlainTable(ground: BenchGround): Promise<pg.Pool> {
  const client = new pg.Client(ground.adminUrl);
  await client.connect();
  await client.query(`
    create table public.plain (
      seq bigint generated always as identity primary key, entry_id uuid not null unique,
      recorded_at timestamptz not null default now(), pr_number bigint, event text not null, trace_id text not null,
      body text not null, leaf_hash bytea not null unique, prev_hash bytea not null unique);
    create index on public.plain (pr_number, seq);
    create index on public.plain (trace_id, seq);
    grant insert on public.plain to slipway_app`);
  await client.end();
  const pool = new pg.Pool({ connectionString: ground.config.env.databaseUrl, max: Math.max(...WRITERS) });
  // Its idle connections end with the server; without a listener the event would end the process.
  pool.on('error', () => {});
  return pool;
}

const BODY = 'x'.repeat(900);

async function insertPlain(pool: pg.Pool): Promise<void> {
  const id = randomUUID();
  const hash = Buffer.from(id);
  await pool.query({
    name: 'plain',
    text: 'insert into public.plain (entry_id, pr_number, event, trace_id, body, leaf_hash, prev_hash) values ($1, $2, $3, $4, $5, $6, $7)',
    values: [id, 1, 'canary_tick', id.replaceAll('-', ''), BODY, hash, hash],
  });
}

function makeEntry(): [RunFacts, EntryDraft] {
  const run: RunFacts = {
    id: newRunId(),
    repo: 'bench/svc-0',
    service: 'svc-0',
    pr_number: 1,
    head_sha: 'a'.repeat(40),
    base_sha: 'b'.repeat(40),
    author: 'nina@example.com',
    risk_score: 0,
    policy_hash: 'c'.repeat(64),
    profile: 'demo',
    dry_run: true,
  };
  const draft: EntryDraft = {
    run_id: run.id,
    stage: 'canary',
    step: 'tick',
    event: 'canary_tick',
    n: 0,
    actor: { kind: 'system', id: 'bench' },
    rationale: 'nothing to see in this one',
    outcome: 'CONTINUE',
    payload: { numbers: BODY.slice(0, 250) },
  };
  return [run, draft];
}

async function writeFor(ms: number, writers: number, write: () => Promise<void>) {
  const tookMs: number[] = [];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (performance.now() - started < ms) {
        const asked = performance.now();
        await write();
        tookMs.push(performance.now() - asked);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  return {
    count: tookMs.length,
    perSecond: tookMs.length / seconds,
    p50: percentile(tookMs, 0.5),
    p99: percentile(tookMs, 0.99),
  };
}
