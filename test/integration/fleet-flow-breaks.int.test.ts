import { describe, expect, it } from 'vitest';
import { StoreDown, TransientFailure } from '../../src/errors.ts';
import { RunId } from '../../src/ids.ts';
import { readLease } from '../../src/store/leases.ts';
import { eventually } from '../support/eventually.ts';
import { CI, person } from '../support/fleet-flow.ts';
import { EVERY_EFFECT, effectsOf, GOOD, MIGRATION, useFlows, waitsFor } from '../support/flow-cases.ts';

const flows = useFlows();
const { withFlow } = flows;

/** Long enough for something to happen while it is watched. */
const SLOW_CANARY = { config: { thresholds: { canary_monitoring_duration_min: 0.02 } } };

describe('a stop', () => {
  it.concurrent('by a newer head during the canary: traffic is back at zero before the older run ends, then the newer one goes', () =>
    withFlow(async (flow) => {
      const weights: [string, number][] = [];
      flow.faults.beforeAppend = ({ event, run_id }) => {
        if (event === 'run_finished') weights.push([run_id ?? '', flow.target.world.weight]);
      };
      flow.target.world.traffic = { requests: 10, errors: 0 };
      const older = flow.open(17, GOOD);
      const first = await flow.enqueue(17, older);
      await flow.recorded(first.id, 'canary_tick');
      expect(flow.target.world.weight).toBe(5);
      const second = await flow.enqueue(17, flow.open(17, { 'server.js': "console.log('three');\n" }, { from: older }));
      expect(await flow.finished(first.id)).toMatchObject({ outcome: 'superseded', superseded_by: second.id });
      flow.target.world.traffic = { requests: 500, errors: 0 };
      expect(weights[0]).toEqual([first.id, 0]);
      const events = await flow.events(first.id);
      expect(events.lastIndexOf('canary_weight.completed')).toBeLessThan(events.indexOf('run_finished'));
      expect(events).toContain('canary_stop.completed');
      expect((await flow.finished(second.id)).outcome).toBe('deployed');
      expect(
        await flow.desk.enqueue(
          {
            repo: `acme/${flow.service}`,
            pr_number: 17,
            head_sha: older,
            title: '',
            author: 'nina',
            again: false,
            dry_run: false,
          },
          CI,
        ),
      ).toMatchObject({
        kind: 'older_head',
        current: { id: second.id },
      });
    }, SLOW_CANARY));

  it.concurrent('between the promotion and its entry: production is asked, and the run is deployed because it was', () =>
    withFlow(async (flow) => {
      let lost = 0;
      flow.faults.beforeAppend = ({ event }) => {
        if (event !== 'promotion.completed') return;
        lost++;
        throw new StoreDown('postgres');
      };
      const run = await flow.enqueue(18, flow.open(18, GOOD));
      await eventually('the promotion is done and its entry lost', () => lost > 0, 60_000);
      expect(await flow.desk.cancel(RunId.parse(run.id), 'changed my mind', CI)).toBe('stopping');
      const ended = await flow.finished(run.id);
      expect(ended.outcome).toBe('deployed');
      expect(flow.target.world.production).toBe(ended.artifact);
      expect(await flow.events(run.id)).toContain('production_release');
      expect(effectsOf(flow)).toEqual(EVERY_EFFECT);
    }));

  it.concurrent('while a person is asked: cancelled, and nobody can answer any more', () =>
    withFlow(async (flow) => {
      const run = await flow.enqueue(19, flow.open(19, MIGRATION));
      await flow.recorded(run.id, 'escalated');
      await flow.desk.cancel(RunId.parse(run.id), 'not needed', person('jonas'));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'cancelled', outcome_reason: 'not needed' });
      const { head_sha } = await flow.run(run.id);
      const late = await flow.desk.decide(
        RunId.parse(run.id),
        { decision: 'approve', reason: 'late', head_sha: head_sha as never },
        person('mara'),
      );
      expect(late).toMatchObject({ kind: 'refused', why: 'not_waiting' });
      await flow.sweepNow(new Date(Date.now() + 1_000 * 3_600_000));
      expect(await flow.events(run.id)).not.toContain('human_decision');
      const view = await flow.desk.view(RunId.parse(run.id));
      expect(view?.escalations.map((question) => question.decision)).toEqual(['cancelled']);
    }));
});

describe('a crash between intent and outcome', () => {
  it.concurrent.each(['beforeAppend', 'afterAppend'] as const)(
    'at every effect (%s): each effect is done once',
    (moment) =>
      withFlow(async (flow) => {
        const lost = new Set<string>();
        flow.faults[moment] = ({ event, n }: { event: string; n: number }) => {
          const key = `${event}/${n}`;
          if (
            !/\.(intended|completed)$|^(change_resolved|review_evaluation|test_generation|staging_|canary_(started|verdict)|production_release|run_finished)/.test(
              event,
            )
          )
            return;
          if (lost.has(key)) return;
          lost.add(key);
          throw new StoreDown('postgres');
        };
        const run = await flow.enqueue(moment === 'beforeAppend' ? 20 : 21, flow.open(20, GOOD));
        expect((await flow.finished(run.id)).outcome).toBe('deployed');
        expect(lost.size).toBeGreaterThan(15);
        expect(effectsOf(flow)).toEqual(EVERY_EFFECT);
        expect(flow.target.calls).toEqual(flow.target.effects);
        const job = await flow.queues.byName.canary.getJob(`${run.id}~canary`);
        expect(job?.attemptsMade).toBe(1);
        expect(await flow.events(run.id)).not.toContain('promotion.unknown');
      }),
  );

  it.concurrent('right after staging is judged: what was staged is gone before the place is free for the next', () =>
    withFlow(async (flow) => {
      let crashed = false;
      const holders: (string | null | undefined)[] = [];
      flow.faults.beforeAppend = ({ event }) => {
        if (event !== 'staging_teardown.intended' || crashed) return;
        crashed = true;
        throw new StoreDown('postgres');
      };
      flow.target.before = async ({ verb, id }) => {
        if (verb === 'retire' && id.includes('~staging~'))
          holders.push((await readLease(flows.ground.db, `staging:${flow.service}`))?.holder);
      };
      const run = await flow.enqueue(22, flow.open(22, GOOD));
      expect((await flow.finished(run.id)).outcome).toBe('deployed');
      expect(crashed).toBe(true);
      expect(holders).toEqual([run.id]);
      expect(effectsOf(flow)).toEqual(EVERY_EFFECT);
    }));

  it.concurrent('of the target while it takes traffic away: the run waits, keeps its lease and ends only when the weight is back at zero', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 10, errors: 0 };
      const run = await flow.enqueue(23, flow.open(23, GOOD));
      await flow.recorded(run.id, 'canary_tick');
      let refused = 0;
      flow.target.before = ({ verb, subject }) => {
        if (verb !== 'weight' || subject !== '0') return;
        if (refused++ < 3) throw new TransientFailure('UNREACHABLE', 'no answer');
      };
      await flow.desk.cancel(RunId.parse(run.id), 'enough', CI);
      await waitsFor(flow, run.id, 'to take its canary out');
      expect(await readLease(flows.ground.db, `canary:${flow.service}`)).toMatchObject({ holder: run.id });
      expect((await flow.finished(run.id)).outcome).toBe('cancelled');
      expect(flow.target.world).toMatchObject({ weight: 0, canary: null });
      expect(refused).toBe(4);
    }, SLOW_CANARY));

  it.concurrent('of the share, by somebody at the balancer: what was given is set again at the next tick, on the record', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 10, errors: 0 };
      const run = await flow.enqueue(25, flow.open(25, GOOD));
      await flow.recorded(run.id, 'canary_tick');
      flow.target.world.weight = 50;
      const given = await eventually('the drift is on the record', async () =>
        (await flow.entries(run.id)).find(
          ({ entry }) => entry.step === 'drift' && entry.event === 'canary_weight.completed',
        ),
      );
      expect(given.entry.payload).toMatchObject({ pct: 5, result: { pct: 5 } });
      expect(flow.target.world.weight).toBe(5);
      await flow.desk.cancel(RunId.parse(run.id), 'enough', CI);
      expect((await flow.finished(run.id)).outcome).toBe('cancelled');
      expect(flow.target.world).toMatchObject({ weight: 0, canary: null });
    }, SLOW_CANARY));
});

describe('a job that somebody put into Redis', () => {
  it.concurrent.each(['canary', 'staging', 'test-gen'] as const)(
    'does nothing in %s without authorisation on the record',
    (queue) =>
      withFlow(async (flow) => {
        const run = await flow.enqueue(24, flow.open(24, MIGRATION));
        await flow.recorded(run.id, 'escalated');
        const data = queue === 'staging' ? { run_id: run.id, round: 1 } : { run_id: run.id };
        const job = await flow.queues.byName[queue].add(queue, data, { jobId: `intruder-${queue}` });
        const result = await eventually(
          'the intruder ends',
          async () =>
            (await job.getState()) === 'completed' &&
            (await flow.queues.byName[queue].getJob(`intruder-${queue}`))?.returnvalue,
        );
        expect(result).toMatchObject({
          proceed: false,
          reason: queue === 'staging' ? 'not_authorised' : 'the stage before left no result',
        });
        expect(flow.target.calls).toEqual([]);
        await flow.desk.cancel(RunId.parse(run.id), 'seen enough', CI);
        await flow.finished(run.id);
      }),
  );
});
