import { makeWorkerMetrics } from '../../src/metrics/worker-metrics.ts';
import { QUEUE_NAMES } from '../../src/queues/registry.ts';
import { median } from '../support/statistics.ts';
import type { SuiteOptions, SuiteResult } from '../support/suite.ts';

const STEPS = 20_000;
const SCRAPES = 20;
/** Steps of a run without agent calls: one for each stage. */
const STEPS_OF_A_RUN = 5;

/** CPU that a worker spends on its own metrics: for each run, and for each time that somebody scrapes it. */
export async function metrics({ rounds }: SuiteOptions): Promise<SuiteResult> {
  const worker = makeWorkerMetrics(QUEUE_NAMES);
  const step = () => {
    for (let n = 0; n < STEPS; n++) worker.stepEnded(QUEUE_NAMES[n % QUEUE_NAMES.length] ?? 'review', 'done', n % 100);
  };
  const scrape = async () => {
    for (let n = 0; n < SCRAPES; n++) await worker.text();
  };
  const stepUs: number[] = [];
  const scrapeUs: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const steps = await cpuUsOf(step);
    const scrapes = await cpuUsOf(scrape);
    if (round === 0) continue;
    stepUs.push(steps / STEPS);
    scrapeUs.push(scrapes / SCRAPES);
  }
  return {
    suite: 'metrics',
    rows: [
      {
        case: 'worker',
        cpu_us_a_run: median(stepUs) * STEPS_OF_A_RUN,
        cpu_ms_a_scrape: median(scrapeUs) / 1_000,
      },
    ],
  };
}

async function cpuUsOf(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
