import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemOf } from '../../src/http/problem-of.ts';
import { RunId } from '../../src/ids.ts';
import { openQueues, type Queues } from '../../src/queues/connections.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { makeRunDesk } from '../../src/runs/make-run-desk.ts';
import { reconcile } from '../../src/runs/reconcile.ts';
import { eventually } from '../support/eventually.ts';
import { type DeskBench, startDeskBench } from '../support/fleet-desk.ts';
import { CI } from '../support/fleet-flow.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';
import { type KillableStore, startKillableRedis } from '../support/killable-stores.ts';

let bench: DeskBench;
let directory: string;
let redis: KillableStore;
let queues: Queues;
let replica: FleetProcess;

beforeAll(async () => {
  bench = await startDeskBench();
  directory = await mkdtemp(join(tmpdir(), 'slipway-damaged-'));
  redis = await startKillableRedis(directory, bench.ground.log);
  queues = openQueues(redis.url, bench.ground.log);
  // It serves nothing that the run needs, so that only the reconciler touches the run's jobs.
  replica = await startProcess('worker', ['--stages', 'approvals'], {
    REDIS_URL: redis.url,
    DATABASE_URL: bench.ground.databaseUrl,
    SLIPWAY_DATA_DIR: directory,
  });
});
afterAll(async () => {
  await replica?.kill();
  await queues?.close();
  await redis?.stop();
  await bench?.ground.close();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

async function readiness(): Promise<{ ready: boolean; reasons: string[] }> {
  return (await fetch(`${replica.url}/readyz`)).json() as Promise<{ ready: boolean; reasons: string[] }>;
}

/** The middle third of the file: behind it there is more, so that no start can take it for a tail that was cut off. */
async function damageFile(): Promise<void> {
  const place = join(directory, 'redis', 'appendonlydir');
  const [name = ''] = (await readdir(place)).filter((file) => file.includes('.incr.'));
  const content = await readFile(join(place, name));
  content.fill('x', Math.floor(content.length / 3), Math.floor((content.length * 2) / 3));
  await writeFile(join(place, name), content);
}

it('row 13: Redis refuses a broken file: nobody is ready; with the file moved away the run gets its jobs anew', async () => {
  const { ground, config } = bench;
  const desk = makeRunDesk({ ...ground, queues, config, repository: { isAncestor: () => Promise.resolve(false) } });
  const enqueued = await desk.enqueue(bench.request({ pr_number: 1 }), CI);
  if (enqueued.kind === 'older_head') throw new Error('an older head');
  const review = stageJobId(RunId.parse(enqueued.run.id), 'review');
  const stateOf = async () => (await queues.byName.review.getJob(review))?.getState();
  expect(await stateOf()).toBe('waiting');

  await redis.kill();
  await damageFile();
  await expect(redis.start()).rejects.toThrow('Bad file format reading the append only file');
  // The run is on the record already; whoever asks again gets it.
  const problem = await desk.enqueue(bench.request({ pr_number: 2 }), CI).then(
    () => null,
    (error: unknown) => problemOf(error, undefined),
  );
  expect(problem).toMatchObject({ status: 503, code: 'store_down' });
  await eventually('the replica is not ready', async () =>
    (await readiness()).reasons.includes('redis is out of reach'),
  );

  await rename(join(directory, 'redis', 'appendonlydir'), join(directory, 'redis', 'damaged'));
  await redis.start();
  await eventually('the replica is ready', async () => (await readiness()).ready);
  await reconcile({ ...ground, queues, config }, new Date(Date.now() + 10_000));
  expect(await stateOf()).toBe('waiting');
});
