import { startBenchGround } from '../support/bench-ground.ts';
import { openSlipwayArm } from '../support/pipeline-arms.ts';
import { startReplicas } from '../support/replicas.ts';
import { diffCounts, openStoreProbe } from '../support/store-counts.ts';
import type { SuiteOptions, SuiteResult, TableRow } from '../support/suite.ts';

const BACKLOGS = [100, 1_000, 10_000];
const SERVICES = 200;
const ENQUEUERS = 25;
/** Runs of the backlog that are let through and counted. */
const WINDOW = 100;

/** What a run costs while many wait behind it: putting the last hundred in line, and taking the first hundred out. */
export async function growth(options: SuiteOptions): Promise<SuiteResult> {
  const { log } = options;
  const ground = await startBenchGround(SERVICES, log);
  const probe = await openStoreProbe(ground);
  const closers: (() => Promise<void>)[] = [() => probe.close()];
  const rows: TableRow[] = [];
  try {
    const arm = await openSlipwayArm(ground, { agentCalls: false, parts: 1, log });
    closers.push(() => arm.close());
    const { configFile, childEnv: env } = ground;
    const replicas = await startReplicas({ arm: 'slipway', count: 1, concurrency: 10, parts: 1, configFile, env });
    closers.push(() => replicas.stop());
    let queued = 0;
    const add = async (until: number) => {
      await Promise.all(
        Array.from({ length: ENQUEUERS }, async () => {
          while (queued < until) await arm.enqueue(queued++ % SERVICES);
        }),
      );
    };
    const start = await probe.read();
    for (const backlog of options.quick ? [100] : BACKLOGS) {
      options.say(`growth: ${backlog} queued`);
      await arm.hold();
      await add(backlog - WINDOW);
      const before = await probe.read();
      const cpuBefore = process.cpuUsage();
      const askedAt = performance.now();
      await add(backlog);
      const enqueueMs = (performance.now() - askedAt) / WINDOW;
      const cpu = process.cpuUsage(cpuBefore);
      const enqueued = diffCounts(await probe.read(), before);
      await arm.prepare();
      const full = await probe.read();
      const usage = await replicas.usage();
      const ended = arm.ended(WINDOW);
      const startedAt = performance.now();
      await arm.release();
      await ended;
      const drainMs = (performance.now() - startedAt) / WINDOW;
      const drained = diffCounts(await probe.read(), full);
      const used = await replicas.usage();
      await arm.hold();
      queued -= WINDOW;
      rows.push({
        case: `${backlog} queued`,
        enqueue_ms_each: enqueueMs,
        enqueue_cpu_ms_each: (cpu.user + cpu.system) / 1_000 / WINDOW,
        enqueue_commits_each: enqueued.commits / WINDOW,
        redis_kb_queued_each: enqueued.redisBytes / WINDOW / 1024,
        run_ms_each: drainMs,
        run_worker_cpu_ms_each: (used.cpuMs - usage.cpuMs) / WINDOW,
        run_postgres_cpu_ms_each: drained.postgresCpuMs / WINDOW,
        run_redis_cpu_ms_each: drained.redisCpuMs / WINDOW,
        run_evalsha_each: drained.evalsha / WINDOW,
        run_commits_each: drained.commits / WINDOW,
        redis_mb_in_use: full.redisBytes / 2 ** 20,
        redis_mb_over_empty: (full.redisBytes - start.redisBytes) / 2 ** 20,
        worker_rss_mb: used.rssBytes / 2 ** 20,
      });
    }
    return { suite: 'growth', rows };
  } finally {
    for (const close of closers.toReversed()) await close();
    await ground.close();
  }
}
