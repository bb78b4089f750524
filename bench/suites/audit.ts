import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { EntryDraft, RunFacts } from '../../src/audit/audit-log.ts';
import { newRunId, type RunId } from '../../src/ids.ts';
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
  /** Of this process and of the database: what a busy machine does not change much. */
  readonly nodeCpuUs: number;
  readonly postgresCpuUs: number;
}

/**
 * Appends through Slipway's own log (canonical text, chain, line of the copy) against a plain insert of the same bytes: the same
 * client library, commits as durable, a connection for each writer, a prepared statement, the columns and indexes of the log, and
 * nothing to build, to check or to chain. Each writer of the log is a run that appends one entry after the other.
 */
export async function audit(options: SuiteOptions): Promise<SuiteResult> {
  const ground = await startBenchGround(1, options.log);
  const probe = await openStoreProbe(ground);
  const pool = await openPlainTable(ground);
  try {
    let appended = 0;
    const arms: Record<'append' | 'plain insert', () => () => Promise<void>> = {
      append: () => {
        const run = makeRun();
        return async () => void (await ground.core.audit.append(run, makeDraft(run.id, appended++)));
      },
      'plain insert': () => () => insertPlain(pool),
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
          if (round === 0) continue;
          const nodeCpuUs = (user + system) / slice.count;
          const postgresCpuUs = (postgresCpuMs * 1_000) / slice.count;
          taken[name].push({ ...slice, commitsEach: commits / slice.count, nodeCpuUs, postgresCpuUs });
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
      node_cpu_us_each: of((slice) => slice.nodeCpuUs),
      postgres_cpu_us_each: of((slice) => slice.postgresCpuUs),
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
      body text not null, leaf_hash bytea not null, prev_hash bytea not null unique, chain_hash bytea not null);
    create index on public.plain (pr_number, seq);
    create index on public.plain (trace_id, seq);
    grant insert on public.plain to slipway_app`);
  await client.end();
  const pool = new pg.Pool({ connectionString: ground.config.env.databaseUrl, max: Math.max(...WRITERS) });
  // Its idle connections end with the server; without a listener the event would end the process.
  pool.on('error', () => {});
  return pool;
}

/** As long as the canonical text of an entry of the other arm. */
const BODY = 'x'.repeat(1_010);

async function insertPlain(pool: pg.Pool): Promise<void> {
  const id = randomUUID();
  const hash = Buffer.from(id.replaceAll('-', ''));
  await pool.query({
    name: 'plain',
    text: 'insert into public.plain (entry_id, pr_number, event, trace_id, body, leaf_hash, prev_hash, chain_hash) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    values: [id, 1, 'canary_tick', id.replaceAll('-', ''), BODY, hash, hash, hash],
  });
}

function makeRun(): RunFacts {
  return {
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
}

function makeDraft(runId: RunId, n: number): EntryDraft {
  return {
    run_id: runId,
    stage: 'canary',
    step: 'tick',
    event: 'canary_tick',
    n,
    actor: { kind: 'system', id: 'bench' },
    rationale: 'nothing to see in this one',
    outcome: 'CONTINUE',
    payload: { numbers: BODY.slice(0, 250) },
  };
}

async function writeFor(ms: number, writers: number, makeWriter: () => () => Promise<void>) {
  const tookMs: number[] = [];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async () => {
      const write = makeWriter();
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
