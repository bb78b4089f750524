import type { Logger } from '../../src/log.ts';
import { type BenchGround, startBenchGround } from '../support/bench-ground.ts';
import { type Arm, openBareArm, openSlipwayArm } from '../support/pipeline-arms.ts';
import { type Replicas, startReplicas } from '../support/replicas.ts';
import { runSlice, type Slice } from '../support/slice.ts';
import { median } from '../support/statistics.ts';
import { openStoreProbe, type StoreProbe } from '../support/store-counts.ts';
import type { SuiteOptions, SuiteResult, TableRow } from '../support/suite.ts';

const RUNS = 100;
const CONCURRENCY = 10;

/** The full flow against bare BullMQ with the same tree, in turns, with one, two and four replicas. */
export async function pipeline(options: SuiteOptions): Promise<SuiteResult> {
  const cases = [
    { agentCalls: 0, replicas: 1 },
    { agentCalls: 0, replicas: 2 },
    { agentCalls: 0, replicas: 4 },
    { agentCalls: 4, replicas: 1 },
  ];
  const rows: TableRow[] = [];
  for (const { agentCalls, replicas } of cases.slice(0, options.quick ? 1 : undefined)) {
    options.say(`pipeline: ${agentCalls} agent calls, ${replicas} replica(s)`);
    rows.push(...(await compare({ ...options, agentCalls, replicas })));
  }
  return { suite: 'pipeline', rows };
}

async function compare(options: SuiteOptions & { agentCalls: number; replicas: number }): Promise<TableRow[]> {
  const { log, rounds, agentCalls } = options;
  const runs = options.quick ? 50 : RUNS;
  // One call is the sceptic's. Without agent calls the review has one part, and the answers are stored beforehand.
  const parts = Math.max(1, agentCalls - 1);
  const ground = await startBenchGround(runs, log);
  const probe = await openStoreProbe(ground);
  const closers: (() => Promise<void>)[] = [() => probe.close()];
  try {
    const bare = await openSide(ground, await openBareArm(ground, log), options.replicas, parts, closers);
    const slipway = await openSide(
      ground,
      await openSlipwayArm(ground, { agentCalls: agentCalls > 0, parts, log }),
      options.replicas,
      parts,
      closers,
    );
    const slices = await takeTurns({ bare, slipway, runs, rounds, probe, log });
    return toRows(slices, agentCalls, options.replicas);
  } finally {
    for (const close of closers.toReversed()) await close();
    await ground.close();
  }
}

interface Side {
  readonly arm: Arm;
  readonly replicas: Replicas;
}

async function openSide(
  ground: BenchGround,
  arm: Arm,
  count: number,
  parts: number,
  closers: (() => Promise<void>)[],
): Promise<Side> {
  closers.push(() => arm.close());
  const { configFile, childEnv: env } = ground;
  const replicas = await startReplicas({ arm: arm.name, count, concurrency: CONCURRENCY, parts, configFile, env });
  closers.push(() => replicas.stop());
  return { arm, replicas };
}

/** A B B A: drift of the machine falls on both. The first turn of each warms up and is dropped. */
async function takeTurns(options: {
  bare: Side;
  slipway: Side;
  runs: number;
  rounds: number;
  probe: StoreProbe;
  log: Logger;
}): Promise<{ bare: Slice[]; slipway: Slice[] }> {
  const { runs, rounds, probe } = options;
  const taken: { bare: Slice[]; slipway: Slice[] } = { bare: [], slipway: [] };
  for (let round = 0; round <= rounds; round++) {
    const order = round % 2 === 0 ? (['bare', 'slipway'] as const) : (['slipway', 'bare'] as const);
    for (const name of order) {
      const { arm, replicas } = options[name];
      const slice = await runSlice(arm, { runs, replicas, probe });
      if (round > 0) taken[name].push(slice);
    }
  }
  return taken;
}

function toRows(taken: { bare: Slice[]; slipway: Slice[] }, agentCalls: number, replicas: number): TableRow[] {
  const ratio = (of: (slice: Slice) => number) => {
    const ratios = taken.slipway.map((slice, n) => of(slice) / of(taken.bare[n] as Slice));
    return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
  };
  const both = ratio((slice) => slice.runsPerSecond);
  return (['slipway', 'bare'] as const).map((name) => {
    const of = (figure: (slice: Slice) => number) => median(taken[name].map(figure));
    return {
      case: `${name}, ${agentCalls} agent calls, ${replicas} replica(s)`,
      runs_per_s: of((slice) => slice.runsPerSecond),
      enqueued_per_s: of((slice) => slice.enqueuedPerSecond),
      drained_per_s: of((slice) => slice.drainedPerSecond),
      ...(name === 'slipway'
        ? {
            of_bare: both.median,
            of_bare_min: both.min,
            of_bare_max: both.max,
            drain_of_bare: ratio((slice) => slice.drainedPerSecond).median,
          }
        : {}),
      worker_cpu_ms: of((slice) => slice.workerCpuMs),
      enqueue_cpu_ms: of((slice) => slice.enqueueCpuMs),
      redis_cpu_ms: of(({ stores }) => stores.redisCpuMs),
      postgres_cpu_ms: of(({ stores }) => stores.postgresCpuMs),
      evalsha: of(({ stores }) => stores.evalsha),
      redis_commands: of(({ stores }) => stores.redisCommands),
      redis_kb_queued: of((slice) => slice.redisBytesQueued) / 1024,
      commits: of(({ stores }) => stores.commits),
      postgres_kb: of(({ stores }) => stores.databaseBytes) / 1024,
      wal_kb: of(({ stores }) => stores.walBytes) / 1024,
    };
  });
}
