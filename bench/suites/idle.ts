import { Queue } from 'bullmq';
import { workerConnection } from '../../src/queues/connections.ts';
import { QUEUE_PREFIX } from '../../src/queues/registry.ts';
import { BARE_PREFIX } from '../support/bare-flow.ts';
import { type BenchGround, startBenchGround } from '../support/bench-ground.ts';
import { type Arm, openBareArm, openSlipwayArm } from '../support/pipeline-arms.ts';
import { startReplicas } from '../support/replicas.ts';
import { median, percentile } from '../support/statistics.ts';
import type { SuiteOptions, SuiteResult } from '../support/suite.ts';

const RUNS = 20;

/** One run at a time on an idle fleet: what Slipway adds to the latency of the bare flow. Also what a replica holds. */
export async function idle(options: SuiteOptions): Promise<SuiteResult> {
  const { log } = options;
  const ground = await startBenchGround(RUNS, log);
  const closers: (() => Promise<void>)[] = [];
  try {
    const arms = [await openBareArm(ground, log), await openSlipwayArm(ground, { agentCalls: false, parts: 1, log })];
    const { configFile, childEnv: env } = ground;
    const rss: Record<string, number> = {};
    for (const arm of arms) {
      closers.push(() => arm.close());
      const replicas = await startReplicas({ arm: arm.name, count: 1, concurrency: 10, parts: 1, configFile, env });
      closers.push(() => replicas.stop());
      rss[arm.name] = (await replicas.usage()).rssBytes / 2 ** 20;
    }
    const tookMs: Record<Arm['name'], number[]> = { bare: [], slipway: [] };
    for (let round = 0; round <= options.rounds; round++) {
      options.say(`idle: round ${round} of ${options.rounds}`);
      for (const arm of round % 2 === 0 ? arms : arms.toReversed())
        for (let n = 0; n < (options.quick ? 3 : RUNS); n++) {
          const ms = await runAlone(ground, arm, n);
          if (round > 0) tookMs[arm.name].push(ms);
        }
    }
    const ratio = median(tookMs.slipway) / median(tookMs.bare);
    return {
      suite: 'idle',
      rows: arms.map(({ name }) => ({
        case: `${name}, one run at a time`,
        p50_ms: percentile(tookMs[name], 0.5),
        p99_ms: percentile(tookMs[name], 0.99),
        replica_rss_mb: rss[name] ?? Number.NaN,
        ...(name === 'slipway' ? { of_bare: ratio } : {}),
      })),
    };
  } finally {
    for (const close of closers.toReversed()) await close();
    await ground.close();
  }
}

/** From the enqueue to the root's end; what has to be there beforehand is put there while the first queue is held. */
async function runAlone(ground: BenchGround, arm: Arm, n: number): Promise<number> {
  const connection = workerConnection(ground.redisUrl, ground.log);
  const first = new Queue('review', { connection, prefix: arm.name === 'bare' ? BARE_PREFIX : QUEUE_PREFIX });
  try {
    await first.pause();
    const ended = arm.ended(1);
    const asked = performance.now();
    await arm.enqueue(n);
    const enqueueMs = performance.now() - asked;
    await arm.prepare();
    const started = performance.now();
    await first.resume();
    await ended;
    return enqueueMs + performance.now() - started;
  } finally {
    await first.close();
    connection.disconnect();
  }
}
