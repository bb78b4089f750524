import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'bullmq';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { RunId } from '../../src/ids.ts';
import { workerConnection } from '../../src/queues/connections.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { QUEUE_PREFIX, type QueueName } from '../../src/queues/registry.ts';
import { describeWait } from '../../src/runs/describe-wait.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { Run } from '../../src/store/tables.ts';
import { proceed, stop } from '../../src/workers/step.ts';
import { eventually } from '../support/eventually.ts';
import { type DeskBench, startDeskBench } from '../support/fleet-desk.ts';
import { type FleetProcess, startProcess } from '../support/fleet-process.ts';
import { makeTestRepo } from '../support/git-repo.ts';

let bench: DeskBench;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  bench = await startDeskBench();
});
afterAll(() => bench.ground.close());
beforeEach(() => {
  bench.pr++;
});
afterEach(async () => {
  for (const end of stops.splice(0).toReversed()) await end();
  await bench.ground.queues.redis.flushall();
});

/** A replica of a version to come: it knows jobs of other names, and answers with what this version never does. */
function newerReplica(queue: QueueName, name: string, answer: object): string[] {
  const taken: string[] = [];
  const connection = workerConnection(bench.ground.redisUrl, bench.ground.log);
  const worker = new Worker(
    queue,
    async (job) => {
      if (job.name !== name) throw new Error(`the newer replica took ${job.name}`);
      taken.push(job.id ?? '');
      return answer;
    },
    { connection, prefix: QUEUE_PREFIX },
  );
  worker.on('error', () => undefined);
  stops.push(async () => {
    await worker.close();
    connection.disconnect();
  });
  return taken;
}

function olderReplica(
  queue: 'review' | 'test-gen',
  handle: Parameters<typeof bench.ground.replica<'review'>>[1],
): void {
  const replica = bench.ground.replica(queue, handle);
  stops.push(() => replica.stop());
}

async function jobOf(run: Pick<Run, 'id'>, stage: 'review' | 'test-gen') {
  const job = await bench.ground.queues.byName[stage].getJob(stageJobId(RunId.parse(run.id), stage));
  if (job === undefined) throw new Error('the job is gone');
  return job;
}

describe('replicas of two versions, side by side', () => {
  it('a job of a newer name costs the older one nothing and is done by the newer one', async () => {
    const { review } = bench.ground.queues.byName;
    const handled: string[] = [];
    olderReplica('review', async (job) => {
      handled.push(job.run_id);
      return stop('the older one');
    });
    const id = `${'c'.repeat(32)}~review`;
    const job = await review.add('review.by-chunks', { run_id: 'c'.repeat(32), chunk: 3 }, { jobId: id, attempts: 5 });
    const rests = await eventually('the older replica leaves it', async () => {
      const now = await review.getJob(id);
      return (await now?.isDelayed()) ? now : null;
    });
    expect(rests).toMatchObject({ attemptsMade: 0, attemptsStarted: 1 });
    const taken = newerReplica('review', 'review.by-chunks', { proceed: true });
    await eventually('the newer replica does it', () => job.isCompleted());
    expect({ handled, taken }).toEqual({ handled: [], taken: [id] });
    expect((await review.getJob(id))?.attemptsMade).toBe(1);
  });

  it('fields that a newer version added to a payload or a result do not stop the older one', async () => {
    const upstreams: unknown[] = [];
    const payloads: unknown[] = [];
    const run = await bench.enqueue();
    await (await jobOf(run, 'test-gen')).updateData({ run_id: run.id, hint: 'from the future' });
    olderReplica('test-gen', async (job, { upstream }) => {
      payloads.push(job);
      upstreams.push(upstream);
      return proceed('seen');
    });
    newerReplica('review', 'review', { proceed: true, reason: 'reviewed', since: 'tomorrow' });
    await eventually('the older stage took its step', () => upstreams.length > 0);
    expect(upstreams).toEqual([{ proceed: true, reason: 'reviewed' }]);
    expect(payloads).toEqual([{ run_id: run.id }]);
  });

  it('a record with events of a newer version is left to a replica of that version, without an attempt', async () => {
    const run = await bench.enqueue();
    await withAdmin(async (admin) => {
      const { rows } = await admin.query<{ body: string }>('select body from audit.entry where trace_id = $1', [
        run.id,
      ]);
      const entry = JSON.parse(rows[0]?.body ?? '');
      const later = { ...entry, event: 'review_by_chunks', entry_id: crypto.randomUUID() };
      await admin.query('select audit.append($1)', [JSON.stringify(later)]);
    });
    const list = () => openRecord(bench.ground.audit, run).list();
    await expect(list()).rejects.toThrow(/^\[NEWER_VERSION\] entry \d+ holds review_by_chunks \(v1\)$/);
    olderReplica('review', async () => {
      await list();
      return stop('unreachable');
    });
    const rests = await eventually('the older replica leaves it', async () => {
      const job = await jobOf(run, 'review');
      return (await job.isDelayed()) ? job : null;
    });
    expect(rests).toMatchObject({ attemptsMade: 0 });
    await bench.finish(run);
  });
});

async function withAdmin<T>(use: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client(bench.ground.adminUrl);
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}

/** What the next version's expanding migration would do: it only adds. */
const EXPAND = `
  alter table slipway.runs add column weight integer;
  alter table slipway.agent_calls add column chunk integer not null default 0;
  create table slipway.chunks (run_id text not null, n integer not null);
  insert into slipway.migration values ('9998-chunks', now()::text)`;

describe('processes of this version on the schema of the next', () => {
  let env: NodeJS.ProcessEnv;
  const start = async (command: 'worker' | 'server'): Promise<FleetProcess> => {
    const process = await startProcess(command, [], env);
    stops.push(() => process.kill());
    return process;
  };
  const ends = async () => {
    bench.pr++;
    const run = await bench.enqueue();
    return await eventually(
      'the run ends',
      async () => {
        const now = await bench.current(run);
        return now.status === 'finished' ? now : null;
      },
      60_000,
    ).catch(async (error: unknown) => {
      const wait = await bench.desk.whyWaiting(await bench.current(run));
      throw new Error(describeWait(wait, new Date()), { cause: error });
    });
  };

  it('go on working while it is migrated, may be started anew, and are refused once it takes something away', async () => {
    const file = join(bench.ground.directory, 'upgrade.yaml');
    const repo = makeTestRepo('upgrade');
    stops.push(async () => repo.remove());
    repo.commit({ files: { 'server.js': '\n' }, message: 'Shop', email: 'owner@example.com' });
    repo.push('main');
    const delivery = { kind: 'local', command: ['node', 'server.js'] };
    await writeFile(file, stringify({ services: { shop: { repo: 'acme/shop', repository: repo.origin, delivery } } }));
    env = {
      REDIS_URL: bench.ground.redisUrl,
      DATABASE_URL: bench.ground.databaseUrl,
      SLIPWAY_DATA_DIR: bench.ground.directory,
      SLIPWAY_CONFIG: file,
      // Nothing of these runs is ever deployed.
      SLIPWAY_LOCAL_TARGET_URL: 'http://127.0.0.1:9',
      SLIPWAY_LOCAL_TARGET_TOKEN: 'unused'.repeat(4),
    };
    await start('worker');
    const server = await start('server');
    expect((await ends()).outcome).toBe('blocked');

    await withAdmin((admin) => admin.query(EXPAND));
    expect((await ends()).outcome, 'the replica that runs').toBe('blocked');
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

    await start('worker');
    await start('server');
    expect((await ends()).outcome, 'and those that were started since').toBe('blocked');

    await withAdmin((admin) => admin.query("update slipway.schema_gate set oldest_code = '9998-chunks'"));
    for (const command of ['worker', 'server'] as const)
      await expect(startProcess(command, [], env)).rejects.toThrow(/SCHEMA_NOT_CURRENT.*9998-chunks or newer/s);
    expect((await ends()).outcome, 'what runs is not ended by it').toBe('blocked');
  }, 180_000);
});
