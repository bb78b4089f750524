import { setTimeout as wait } from 'node:timers/promises';
import { startBenchGround } from '../support/bench-ground.ts';
import { openSlipwayArm } from '../support/pipeline-arms.ts';
import { startReplicas } from '../support/replicas.ts';
import { median } from '../support/statistics.ts';
import type { SuiteOptions, SuiteResult } from '../support/suite.ts';

/** A replica whose model never answers holds a step; it is killed with SIGKILL. How long until another has ended the run? */
export async function recovery(options: SuiteOptions): Promise<SuiteResult> {
  const { log, rounds } = options;
  const tookMs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    options.say(`recovery: round ${round} of ${rounds}`);
    const ground = await startBenchGround(1, log);
    const closers: (() => Promise<void>)[] = [];
    try {
      const arm = await openSlipwayArm(ground, { agentCalls: true, parts: 1, log });
      closers.push(() => arm.close());
      const { configFile, childEnv: env } = ground;
      const replica = { arm: 'slipway', count: 1, concurrency: 10, configFile, env } as const;
      const stuck = await startReplicas({ ...replica, parts: 1, silentModel: true });
      closers.push(() => stuck.stop());
      const ended = arm.ended(1);
      await arm.enqueue(0);
      while ((await ground.core.queues.byName.agents.getActiveCount()) === 0) await wait(20);
      const other = await startReplicas({ ...replica, parts: 1 });
      closers.push(() => other.stop());
      const killedAt = performance.now();
      stuck.kill();
      await ended;
      tookMs.push(performance.now() - killedAt);
    } finally {
      for (const close of closers.toReversed()) await close();
      await ground.close();
    }
  }
  return {
    suite: 'recovery',
    rows: [
      {
        case: 'kill -9 in an agent call, to the end of the run by another replica',
        median_s: median(tookMs) / 1_000,
        max_s: Math.max(...tookMs) / 1_000,
        rounds,
      },
    ],
  };
}
