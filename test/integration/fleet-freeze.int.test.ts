import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/ids.ts';
import { readLease } from '../../src/store/leases.ts';
import type { Flow } from '../support/fleet-flow.ts';
import { effectsOf, GOOD, useFlows, waitsFor } from '../support/flow-cases.ts';

const flows = useFlows();
const { withFlow } = flows;
const OLD = digestOf('production');
const order = (reason: string) => ({
  caller: { tokenId: 'ada', name: 'ada', person: 'ada', scopes: ['admin'] },
  reason,
});
/** A canary that is never proved, so that it is live for as long as the test looks. */
const UNPROVED = { thresholds: { canary_min_requests: 1_000_000_000 } };

const weightsOf = (flow: Flow) =>
  flow.target.calls.filter(({ verb }) => verb === 'weight').map(({ subject }) => subject);

describe('a freeze', () => {
  it.concurrent('holds a run before staging; it says for what, and goes on when it ends', () =>
    withFlow(async (flow) => {
      await flow.fleet.freeze(flow.service, order('incident 12'));
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      await waitsFor(flow, run.id, 'for the end of a freeze: ada, incident 12');
      expect(flow.target.calls).toEqual([]);
      expect((await flow.fleet.view()).warnings).toContainEqual(
        expect.stringMatching(new RegExp(`^${flow.service} is frozen since .* by ada: incident 12$`)),
      );
      expect(await flow.fleet.unfreeze(flow.service, order('it is over'))).toEqual({ changed: true });
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      expect(await flow.fleet.unfreeze(flow.service, order('again'))).toEqual({ changed: false });
    }));

  it.concurrent('takes a live canary to zero at once and ends its run: it is never raised again', () =>
    withFlow(
      async (flow) => {
        const run = await flow.enqueue(1, flow.open(1, GOOD));
        await flow.recorded(run.id, 'canary_tick');
        await flow.fleet.freeze(flow.service, order('bad news'));
        const ended = await flow.finished(run.id);
        expect(ended).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'frozen' });
        expect(weightsOf(flow)).toEqual(['5', '0']);
        expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
        const rollback = await flow.recorded(run.id, 'autonomous_rollback');
        expect(rollback.entry).toMatchObject({
          outcome: 'frozen',
          rationale: 'deliveries are frozen: ada, bad news',
          payload: { freeze: { control: `freeze.${flow.service}`, version: 1 } },
        });
        expect(await flow.events(run.id)).not.toContain('incident_report');
        expect(await readLease(flows.ground.db, `canary:${flow.service}`)).toMatchObject({ holder: null, waiting: [] });
      },
      { config: UNPROVED },
    ));

  it.concurrent('that comes between the look and the act is in time: the target is not told to give traffic', () =>
    withFlow(async (flow) => {
      flow.faults.afterAppend = async ({ event, n }) => {
        if (event === 'canary_weight.intended' && n === 0) await flow.fleet.freeze(flow.service, order('in the gap'));
      };
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'frozen' });
      expect(flow.target.world).toMatchObject({ production: OLD, peakWeight: 0, canary: null });
    }));

  it.concurrent('after the PASS and before the promotion: nothing is promoted', () =>
    withFlow(async (flow) => {
      flow.faults.afterAppend = async ({ event }, { entry }) => {
        if (event === 'canary_verdict' && entry.outcome === 'PASS')
          await flow.fleet.freeze(flow.service, order('too late in the day'));
      };
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'frozen' });
      expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
      expect(effectsOf(flow).filter((effect) => effect.startsWith('promote'))).toEqual([]);
      expect(await flow.events(run.id)).not.toContain('production_release');
    }));

  it.concurrent('that ends while the canary is being taken out does not bring it back', () =>
    withFlow(
      async (flow) => {
        const run = await flow.enqueue(1, flow.open(1, GOOD));
        await flow.recorded(run.id, 'canary_tick');
        let broken = false;
        flow.faults.beforeAppend = async ({ event }) => {
          if (event !== 'autonomous_rollback' || broken) return;
          broken = true;
          await flow.fleet.unfreeze(flow.service, order('false alarm'));
          throw new Error('the worker died here');
        };
        await flow.fleet.freeze(flow.service, order('alarm'));
        expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'frozen' });
        expect(broken).toBe(true);
        expect(weightsOf(flow)).toEqual(['5', '0']);
        expect((await flow.recorded(run.id, 'autonomous_rollback')).entry.rationale).toBe(
          'deliveries were frozen while the canary ran',
        );
      },
      { config: UNPROVED },
    ));

  it.concurrent('does not undo what was promoted the moment before', () =>
    withFlow(async (flow) => {
      let broken = false;
      flow.faults.beforeAppend = async ({ event }) => {
        if (event !== 'promotion.completed' || broken) return;
        broken = true;
        await flow.fleet.freeze(flow.service, order('a moment too late'));
        throw new Error('the worker died here');
      };
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      const ended = await flow.finished(run.id);
      expect(ended).toMatchObject({ outcome: 'deployed' });
      expect(broken).toBe(true);
      expect(flow.target.world).toMatchObject({ production: ended.artifact, canary: null, weight: 0 });
    }));

  it.concurrent('does not hold a dry run, which delivers nothing', () =>
    withFlow(async (flow) => {
      await flow.fleet.freeze(flow.service, order('r'));
      const run = await flow.enqueue(1, flow.open(1, GOOD), { dry_run: true });
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      expect(flow.target.calls).toEqual([]);
    }));
});

it.concurrent('outside of its deploy windows a validated run waits before the canary and says until when', () => {
  const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const later = days[(new Date().getUTCDay() + 3) % 7];
  return withFlow(
    async (flow) => {
      const run = await flow.enqueue(1, flow.open(1, GOOD));
      await waitsFor(flow, run.id, 'T10:00Z');
      expect((await flow.run(run.id)).waiting_for).toMatch(
        /^for the deploy window that opens at \d{4}-\d\d-\d\dT10:00Z$/,
      );
      expect(await flow.events(run.id)).toContain('staging_validation');
      expect(flow.target.calls.some(({ id }) => id.includes('~canary~'))).toBe(false);
      await flow.desk.cancel(run.id as never, 'not this week', order('').caller);
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'cancelled' });
    },
    { config: { service: { deploy_windows: [{ days: [later], from: '10:00', to: '11:00' }] } } },
  );
});
