import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { storeReceipt } from '../../src/audit/stored-receipt.ts';
import { TickSample } from '../../src/delivery/judge/tick-sample.ts';
import { LeaseLost, StoreDown, TransientFailure } from '../../src/errors.ts';
import { leaveGuards, noteCanaries } from '../../src/guard/note-canaries.ts';
import { recordZero } from '../../src/guard/record-zero.ts';
import { RunId } from '../../src/ids.ts';
import { openQuestion } from '../../src/runs/escalate.ts';
import { expireQuestion, withdrawQuestion } from '../../src/runs/expire-question.ts';
import { openRecord } from '../../src/runs/record.ts';
import { readLease } from '../../src/store/leases.ts';
import { ASKER } from '../support/asker.ts';
import { eventually } from '../support/eventually.ts';
import { CI, person } from '../support/fleet-flow.ts';
import { EVERY_EFFECT, effectsOf, GOOD, MIGRATION, useFlows, waitsFor } from '../support/flow-cases.ts';

const flows = useFlows();
const { withFlow } = flows;

/** Its window is long enough for something to happen in it, and short enough to be waited for. */
const SLOW_CANARY = { config: { thresholds: { canary_monitoring_duration_min: 0.05 } } };
/** Watched for as long as the test lasts: it ends by what the test does, never for lack of proof. */
const ENDLESS_CANARY = { config: { thresholds: { canary_monitoring_duration_min: 5 } } };
/** As long, and looked at so seldom that no tick is missed. */
const SLOW_TICKS = { config: { thresholds: { canary_monitoring_duration_min: 5, canary_tick_s: 1 } } };

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
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'cancelled', outcome_reason: 'enough' });
      expect(flow.target.world).toMatchObject({ weight: 0, canary: null });
      expect(refused).toBe(4);
    }, ENDLESS_CANARY));

  it.concurrent('of the balancer, while a canary that failed has traffic: it is stopped, no attempt is spent, and the run ends as it would have', () =>
    withFlow(
      async (flow) => {
        let refused = 0;
        let stopped = false;
        flow.target.before = ({ verb, subject }) => {
          if (verb !== 'weight' || subject !== '0' || stopped) return;
          refused++;
          throw new TransientFailure('UNREACHABLE', 'no answer');
        };
        flow.target.stopCanary = () => {
          stopped = true;
          return Promise.resolve();
        };
        flow.target.world.traffic = { requests: 500, errors: 400 };
        const run = await flow.enqueue(34, flow.open(34, GOOD));
        await waitsFor(flow, run.id, 'to take its canary out');
        expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'regression' });
        // More often than a step has attempts.
        expect(refused).toBeGreaterThan(10);
        expect(flow.target.world).toMatchObject({ weight: 0, canary: null });
        const events = await flow.events(run.id);
        expect(events.filter((event) => event === 'canary_halt.completed')).toHaveLength(1);
        expect(events.indexOf('canary_halt.completed')).toBeLessThan(events.indexOf('autonomous_rollback'));
        expect(events).toContain('incident_report');
        // It is stopped after half of this.
      },
      { config: { fleet: { canary_hold_s: 16 } } },
    ));

  it.concurrent('of the share, by somebody at the balancer: what was given is set again at the next tick, on the record', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 10, errors: 0 };
      // At tick 0, so that it is given back at tick 1: under the number that a freeze's zero has.
      flow.faults.beforeAppend = ({ event, n }) => {
        if (event === 'canary_tick' && n === 0) flow.target.world.weight = 50;
      };
      const run = await flow.enqueue(25, flow.open(25, GOOD));
      const given = await eventually(
        'the drift is on the record',
        async () =>
          (await flow.entries(run.id)).find(
            ({ entry }) => entry.step === 'drift' && entry.event === 'canary_weight.completed',
          ),
        240_000,
      );
      expect(given.entry.payload).toMatchObject({ pct: 5, result: { pct: 5 } });
      expect(flow.target.world.weight).toBe(5);
      await eventually('it is looked at again, or over', async () => {
        const ticked = (await flow.entries(run.id)).some(
          ({ entry }) => entry.event === 'canary_tick' && entry.n > given.entry.n,
        );
        return ticked || (await flow.run(run.id)).status === 'finished';
      });
      await flow.desk.cancel(RunId.parse(run.id), 'enough', CI);
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'cancelled', outcome_reason: 'enough' });
      expect(flow.target.world).toMatchObject({ weight: 0, canary: null });
    }, SLOW_TICKS));

  it.concurrent('of the share to zero, by a balancer that read its files again: it is given back, once', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 10, errors: 0 };
      const run = await flow.enqueue(26, flow.open(26, GOOD));
      await flow.recorded(run.id, 'canary_tick');
      flow.target.world.weight = 0;
      await eventually('the drift is on the record', async () =>
        (await flow.entries(run.id)).some(
          ({ entry }) => entry.step === 'drift' && entry.event === 'canary_weight.completed',
        ),
      );
      expect(flow.target.world.weight).toBe(5);
      await flow.desk.cancel(RunId.parse(run.id), 'enough', CI);
      await flow.finished(run.id);
    }, ENDLESS_CANARY));

  it.concurrent('of the share to zero, while a guard that knows the canary is silent: it is never given back', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 10, errors: 0 };
      const run = await flow.enqueue(27, flow.open(27, GOOD));
      await flow.recorded(run.id, 'canary_tick');
      const id = randomUUID();
      await noteCanaries(flows.ground.db, { id, host: 'away', pid: 1, version: '0.0.0' }, [run.id]);
      const longAgo = new Date(Date.now() - 3_600_000);
      await flows.ground.db.updateTable('slipway.guards').set({ seen_at: longAgo }).where('id', '=', id).execute();
      flow.target.world.weight = 0;
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rolled_back' });
      const verdict = (await flow.entries(run.id)).find(({ entry }) => entry.event === 'canary_verdict');
      expect(verdict?.entry.payload).toMatchObject({ cause: 'unwatched' });
      expect(verdict?.entry.rationale).toContain('a guard that knows it is silent');
      expect(flow.target.effects.filter(({ verb, subject }) => verb === 'weight' && subject === '5')).toHaveLength(1);
      await leaveGuards(flows.ground.db, id);
    }, ENDLESS_CANARY));

  it.concurrent('by a guard that took the canary out: the run ends, and nothing of it is raised or promoted', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 10, errors: 0 };
      const run = await flow.enqueue(28, flow.open(28, GOOD));
      const { receipt } = await flow.recorded(run.id, 'canary_started');
      const canary = { run_id: RunId.parse(run.id), service: flow.service, fence: '1', started: storeReceipt(receipt) };
      const state = {
        traffic: true,
        promoting: false,
        limit_ms: 60_000,
        watched_at: new Date().toISOString(),
        zeroed: null,
      };
      const zeroed = {
        at: new Date().toISOString(),
        cause: 'no_tick',
        unwatched_s: 61,
        from_pct: 5,
        by: 'weight',
        recorded: false,
      } as const;
      await recordZero(
        { db: flows.ground.db, audit: flows.ground.audit },
        randomUUID(),
        { ...canary, ...state },
        zeroed,
      );
      flow.target.world.traffic = { requests: 500, errors: 0 };
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rolled_back' });
      const rolledBack = (await flow.entries(run.id)).find(({ entry }) => entry.event === 'autonomous_rollback');
      expect(rolledBack?.entry.payload).toMatchObject({ cause: 'unwatched' });
      expect(flow.target.effects.filter(({ verb }) => verb === 'promote')).toEqual([]);
      expect(flow.target.world).toMatchObject({ weight: 0, canary: null });
    }, ENDLESS_CANARY));
});

describe('a replica that was stopped and wakes up', () => {
  it.concurrent.each(['canary_tick', 'canary_verdict'])('has no %s on the record once the lease went on', (event) =>
    withFlow(async (flow) => {
      const lease = `canary:${flow.service}`;
      const { db } = flows.ground;
      let overtaken = false;
      flow.faults.beforeAppend = async (draft) => {
        if (draft.event !== event || overtaken) return;
        overtaken = true;
        // As if it had been given back and granted again meanwhile.
        await db
          .updateTable('slipway.leases')
          .set({ token: sql<string>`token + 1` })
          .where('name', '=', lease)
          .execute();
      };
      const run = await flow.enqueue(41, flow.open(41, GOOD));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      const token = (await readLease(db, lease))?.token;
      const fences = (await flow.entries(run.id)).flatMap(({ entry }) =>
        entry.event === event ? [entry.payload['fence']] : [],
      );
      expect(fences.length).toBeGreaterThan(0);
      expect(new Set(fences)).toEqual(new Set([token]));
    }),
  );
});

it.concurrent('a replica that was stopped over a look at a canary, and wakes up, stores nothing of what it saw', () =>
  withFlow(async (flow) => {
    const snapshot = flow.target.snapshot.bind(flow.target);
    let looks = 0;
    flow.target.snapshot = async (service, signal) => {
      const seen = await snapshot(service, signal);
      looks += 1;
      if (looks !== 3 || seen.canary === null) return seen;
      await flows.ground.db
        .updateTable('slipway.leases')
        .set({ token: sql<string>`token + 1` })
        .where('name', '=', `canary:${flow.service}`)
        .execute();
      return { ...seen, canary: { ...seen.canary, errors: seen.canary.total } };
    };
    flow.target.world.traffic = { requests: 10, errors: 0 };
    const { id } = await flow.enqueue(46, flow.open(46, GOOD));
    await eventually('looks by who has the lease now', () => looks > 5, 120_000);
    await flow.desk.cancel(RunId.parse(id), 'seen enough', CI);
    await flow.finished(id);
    const rows = await flows.ground.db
      .selectFrom('slipway.canary_ticks')
      .select('sample')
      .where('run_id', '=', id)
      .execute();
    const errors = rows.map(({ sample }) => TickSample.parse(sample).snapshot?.canary?.errors);
    expect(new Set(errors)).toEqual(new Set([0]));
  }, ENDLESS_CANARY));

describe('a replica that was stopped, wakes up and has a question to put', () => {
  /** Held after one window, so that people are asked about it. */
  const HELD = {
    config: { thresholds: { canary_min_requests: 1_000_000_000, canary_max_windows: 1, canary_hold_min: 60 } },
  };
  const overtake = (lease: string) =>
    flows.ground.db
      .updateTable('slipway.leases')
      .set({ token: sql<string>`token + 1` })
      .where('name', '=', lease)
      .execute();

  it.concurrent('asks nobody about a canary whose lease went on', () =>
    withFlow(async (flow) => {
      const lease = `canary:${flow.service}`;
      const asked: unknown[] = [];
      flow.faults.beforeAppend = async ({ event, payload }) => {
        if (event !== 'escalated') return;
        asked.push(payload['fence']);
        if (asked.length === 1) await overtake(lease);
      };
      const { id } = await flow.enqueue(42, flow.open(42, GOOD));
      const { entry } = await flow.recorded(id, 'escalated');
      const token = (await readLease(flows.ground.db, lease))?.token;
      expect(entry.payload).toMatchObject({ lease, fence: token });
      // The first time it was refused.
      expect(new Set(asked).size).toBe(2);
      await flow.desk.cancel(RunId.parse(id), 'seen enough', CI);
      await flow.finished(id);
    }, HELD));

  it.concurrent('shows nobody a question that the record will refuse', () =>
    withFlow(async (flow) => {
      const run = await flow.enqueue(43, flow.open(43, GOOD));
      await flow.recorded(run.id, 'escalated');
      const held = await readLease(flows.ground.db, `canary:${flow.service}`);
      const stale = {
        ...ASKER,
        lease: { name: `canary:${flow.service}`, token: String(BigInt(held?.token ?? 0) - 1n) },
      };
      const record = openRecord(flows.ground.audit, await flow.run(run.id));
      const [question] = (await flow.desk.view(RunId.parse(run.id)))?.escalations ?? [];
      if (question === undefined) throw new Error('nobody is asked');
      const put = async () => ({
        stage: 'canary' as const,
        reasons: [{ code: 'canary_hold', text: 'again' }],
        contextPackage: question.package,
        approvalsNeeded: 1,
        approvalsWhy: [],
        branchPolicy: null,
        owners: [],
        deadlineAt: new Date(),
      });
      const late = openQuestion(flows.ground.db, record, await flow.run(run.id), put, 'canary', 1, stale);
      await expect(late).rejects.toThrow(LeaseLost);
      const withdraw = withdrawQuestion(flows.ground.db, record, await flow.run(run.id), 0, 'mistaken', stale);
      await expect(withdraw).rejects.toThrow(LeaseLost);
      const expire = expireQuestion(flows.ground.db, flows.ground.audit, await flow.run(run.id), 'canary', 0, stale);
      await expect(expire).rejects.toThrow(LeaseLost);
      expect((await flow.desk.view(RunId.parse(run.id)))?.escalations).toMatchObject([{ question: 0, decision: null }]);
      await flow.desk.cancel(RunId.parse(run.id), 'seen enough', CI);
      await flow.finished(run.id);
    }, HELD));
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
