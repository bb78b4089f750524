import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunId } from '../../src/ids.ts';
import { makeLogger } from '../../src/log.ts';
import { QUEUE_NAMES } from '../../src/queues/registry.ts';
import { makeSandbox, type OwnedSandbox } from '../../src/sandbox/make-sandbox.ts';
import { acquireLease, readLease, releaseAllLeases } from '../../src/store/leases.ts';
import { eventually } from '../support/eventually.ts';
import { CI, type Flow } from '../support/fleet-flow.ts';
import { GOOD, MIGRATION, useFlows, waitsFor } from '../support/flow-cases.ts';
import { insertRun, makeRunFacts } from '../support/record.ts';
import { SANDBOX_UID } from '../support/sandbox.ts';
import { startSilentModel } from '../support/silent-model.ts';

const flows = useFlows();
const { withFlow } = flows;
let sandbox: OwnedSandbox;
beforeAll(() => {
  sandbox = makeSandbox({ uid: SANDBOX_UID, log: makeLogger({ level: 'silent', name: 'test' }) });
});
afterAll(() => sandbox.close());

/** Stops the run and looks at what is left: the outcome on the record, and no job, lease, question or version of it. */
async function stopAndLook(flow: Flow, id: string): Promise<string | null> {
  expect(await flow.desk.cancel(RunId.parse(id), 'not today', CI)).toBe('stopping');
  expect(await flow.endOf(id)).toMatchObject({
    status: 'finished',
    outcome: 'cancelled',
    outcome_reason: 'not today',
    waiting_for: null,
  });
  const events = await flow.events(id);
  expect(events.filter((event) => event === 'stop_requested')).toHaveLength(1);
  expect(events.at(-1)).toBe('run_finished');
  for (const name of QUEUE_NAMES) {
    const jobs = await flow.queues.byName[name].getJobs([
      'waiting',
      'delayed',
      'waiting-children',
      'prioritized',
      'failed',
    ]);
    expect(
      jobs.filter((job) => job.id?.startsWith(id)).map((job) => job.id),
      `unfinished jobs in ${name}`,
    ).toEqual([]);
  }
  for (const environment of ['staging', 'canary']) {
    const lease = await readLease(flows.ground.db, `${environment}:${flow.service}`);
    expect(lease?.holder ?? null).not.toBe(id);
    expect(lease?.waiting ?? []).not.toContain(id);
  }
  const open = await flows.ground.db
    .selectFrom('slipway.escalations')
    .select('stage')
    .where('run_id', '=', id)
    .where('decided_at', 'is', null)
    .execute();
  expect(open).toEqual([]);
  expect(flow.target.world).toMatchObject({ staging: null, canary: null, weight: 0 });
  return (await flow.run(id)).outcome;
}

/** Of this machine, sandboxes included: their processes have numbers here as well. */
function processesWith(argument: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(argument);
    } catch {
      return false;
    }
  });
}

describe('a stop reaches a run', () => {
  it.concurrent('that is queued, though nobody ever takes it from its queue', () =>
    withFlow(
      async (flow) => {
        const run = await flow.enqueue(1, flow.open(1, GOOD));
        expect(await stopAndLook(flow, run.id)).toBe('cancelled');
      },
      { queues: ['release'] },
    ));

  it.concurrent('that is queued in a paused queue', () =>
    withFlow(async (flow) => {
      await flow.queues.byName.review.pause();
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      expect(await stopAndLook(flow, run.id)).toBe('cancelled');
    }));

  it.concurrent('that waits for a free slot at the model', () =>
    withFlow(
      async (flow) => {
        const run = await flow.enqueue(1, flow.open(1, GOOD));
        await waitsFor(flow, run.id, 'for the review by the agent');
        expect(await stopAndLook(flow, run.id)).toBe('cancelled');
      },
      { queues: QUEUE_NAMES.filter((name) => name !== 'agents') },
    ));

  it.concurrent('whose request to the model is under way: it is cut off', async () => {
    const model = await startSilentModel();
    try {
      await withFlow(
        async (flow) => {
          const run = await flow.enqueue(1, flow.open(1, GOOD));
          await model.asked;
          expect(await stopAndLook(flow, run.id)).toBe('cancelled');
          // The connection is gone: nobody pays for an answer that nobody wants.
          await model.cut;
        },
        { modelUrl: model.url },
      );
    } finally {
      await model.close();
    }
  });

  it.concurrent('whose test runs in the sandbox: it is killed, and no process of it is left', () => {
    // Unique, so that it can be found among all processes of this machine.
    const file = `smoke/hangs-${process.pid}.mjs`;
    return withFlow(
      async (flow) => {
        const run = await flow.enqueue(1, flow.open(1, GOOD));
        await eventually('it hangs in the sandbox', () => processesWith(file).length > 0, 60_000);
        expect(await stopAndLook(flow, run.id)).toBe('cancelled');
        expect(processesWith(file)).toEqual([]);
        expect((await flow.events(run.id)).filter((event) => event === 'staging_validation')).toEqual([]);
      },
      {
        sandbox,
        config: { staging: { smoke_command: { command: ['node', file], report: 'tap' } } },
        setUp: (repo) => {
          const hangs = 'setInterval(() => {}, 1000);';
          repo.commit({ files: { [file]: hangs }, message: 'Smoke suite', email: 'owner@example.com' });
        },
      },
    );
  });

  it.concurrent('that waits for a person', () =>
    withFlow(async (flow) => {
      const run = await flow.enqueue(1, flow.open(1, { ...GOOD, ...MIGRATION }));
      await waitsFor(flow, run.id, 'for a person');
      expect(await stopAndLook(flow, run.id)).toBe('cancelled');
    }));

  it.concurrent('that waits for a lease: it leaves the line, and the holder keeps it', () =>
    withFlow(async (flow) => {
      const other = makeRunFacts({ repo: 'acme/other' });
      await insertRun(flows.ground.db, other);
      const name = `staging:${flow.service}`;
      await acquireLease(flows.ground.db, name, other.id);
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      await waitsFor(flow, run.id, 'for the staging lease');
      expect(await stopAndLook(flow, run.id)).toBe('cancelled');
      expect(await readLease(flows.ground.db, name)).toMatchObject({ holder: other.id, waiting: [] });
      await releaseAllLeases(flows.ground.db, other.id);
    }));

  it.concurrent('whose canary waits for its next tick: traffic is at zero first', () =>
    withFlow(
      async (flow) => {
        const weights: number[] = [];
        flow.faults.beforeAppend = ({ event }) => {
          if (event === 'run_finished') weights.push(flow.target.world.weight);
        };
        const run = await flow.enqueue(1, flow.open(1, GOOD));
        await waitsFor(flow, run.id, 'for the next canary tick');
        expect(flow.target.world.weight).toBe(5);
        expect(await stopAndLook(flow, run.id)).toBe('cancelled');
        expect(weights).toEqual([0]);
        const events = await flow.events(run.id);
        expect(events.lastIndexOf('canary_weight.completed')).toBeGreaterThan(events.indexOf('stop_requested'));
      },
      // An hour to the next look: only the stop itself can come sooner.
      {
        config: {
          thresholds: {
            canary_min_requests: 1_000_000_000,
            canary_tick_s: 3_600,
            canary_monitoring_duration_min: 60,
            canary_metrics_freeze_s: 3_600,
            canary_metrics_zero_s: 3_600,
          },
        },
      },
    ));

  it.concurrent('that waits for the end of a freeze', () =>
    withFlow(async (flow) => {
      await flow.fleet.freeze(flow.service, {
        caller: { tokenId: 'a', name: 'ada', person: 'ada', scopes: ['admin'] },
        reason: 'r',
      });
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      await waitsFor(flow, run.id, 'for the end of a freeze');
      expect(await stopAndLook(flow, run.id)).toBe('cancelled');
    }));

  it.concurrent('again and again without harm, at any moment of its way', () =>
    withFlow(async (flow) => {
      const heads = Array.from({ length: 6 }, (_, n) => flow.open(n + 1, { 'server.js': `console.log('${n}');\n` }));
      const runs = await Promise.all(heads.map((head, n) => flow.enqueue(n + 1, head)));
      const marks = [
        'run_enqueued',
        'change_resolved',
        'review_evaluation',
        'test_generation',
        'staging_deploy.intended',
        'staging_measured',
      ];
      await Promise.all(
        runs.map(async (run, n) => {
          await flow.recorded(run.id, marks[n] ?? 'run_enqueued');
          await Promise.all([1, 2, 3].map(() => flow.desk.cancel(RunId.parse(run.id), 'not today', CI)));
          expect(await flow.finished(run.id)).toMatchObject({ status: 'finished' });
        }),
      );
      for (const run of runs) {
        const ends = (await flow.events(run.id)).filter((event) => event === 'run_finished');
        expect(ends).toHaveLength(1);
      }
      expect(flow.target.world).toMatchObject({ staging: null, canary: null, weight: 0 });
    }));
});
