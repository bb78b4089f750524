import { describe, expect, it } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { PermanentFailure, StoreDown } from '../../src/errors.ts';
import { digestOf, RunId } from '../../src/ids.ts';
import { openIntents } from '../../src/runs/open-intents.ts';
import { readLease } from '../../src/store/leases.ts';
import type { Run } from '../../src/store/tables.ts';
import { eventually } from '../support/eventually.ts';
import type { Flow } from '../support/fleet-flow.ts';
import { hurry } from '../support/fleet-ground.ts';
import { useFlows, waitsFor } from '../support/flow-cases.ts';

const flows = useFlows();
const { withFlow } = flows;
const order = (reason: string) => ({
  caller: { tokenId: 'ada', name: 'ada', person: 'ada', scopes: ['decide'] },
  reason,
});

async function deploy(flow: Flow, pr: number, from?: string): Promise<Run> {
  const head = flow.open(
    pr,
    { 'server.js': `console.log('${pr}');\n` },
    from === undefined ? {} : { from: from as never },
  );
  const ended = await flow.finished((await flow.enqueue(pr, head)).id);
  expect(ended).toMatchObject({ outcome: 'deployed' });
  // What was pushed is what the next change is made from.
  flow.repo.git('fetch', '--quiet', 'origin');
  flow.repo.git('reset', '--quiet', '--hard', 'origin/main');
  return ended;
}

/** A run that was granted the canary's lease in the moment of a freeze. */
async function holdValidated(flow: Flow, pr: number): Promise<Run> {
  flow.faults.beforeAppend = async ({ event }) => {
    if (event === 'staging_validation') await flow.fleet.freeze(flow.service, order('look'));
  };
  const run = await flow.enqueue(pr, flow.open(pr, { 'server.js': `console.log('${pr}');\n` }));
  await waitsFor(flow, run.id, 'for the end of a freeze: ada, look');
  flow.faults.beforeAppend = () => undefined;
  return run;
}

const ended = (flow: Flow, id: string) =>
  eventually(
    'the end of the rollback',
    async () => {
      await hurry(flow.queues, 'release', `${id}~rollback`);
      const rollback = await flow.rollbacks.view(RunId.parse(id));
      return rollback?.status === 'ordered' ? null : rollback;
    },
    60_000,
  );

describe('a rollback', () => {
  it.concurrent('puts the version back that ran before, freezes the service, and stands on a record of its own', () =>
    withFlow(async (flow) => {
      const good = await deploy(flow, 1);
      const bad = await deploy(flow, 2);
      expect(flow.target.world.production).toBe(bad.artifact);
      const result = await flow.rollbacks.order(flow.service, order('prices are wrong'));
      if (result.kind !== 'ordered') throw new Error(result.kind);
      expect(await ended(flow, result.rollback.id)).toMatchObject({ status: 'done', run_id: bad.id, actor: 'ada' });
      expect(flow.target.world).toMatchObject({ production: good.artifact, canary: null, weight: 0 });
      expect((await flow.entries(result.rollback.id)).map(({ entry }) => `${entry.event} ${entry.actor.id}`)).toEqual([
        'rollback_ordered ada',
        'rollback_deploy.intended slipway',
        'rollback_deploy.completed slipway',
        'rollback_promotion.intended slipway',
        'rollback_promotion.completed slipway',
        'production_rollback slipway',
      ]);
      expect(await readLease(flows.ground.db, `canary:${flow.service}`)).toMatchObject({ holder: null, waiting: [] });

      // Nothing comes in behind it until a person says so.
      const next = await flow.enqueue(3, flow.open(3, { 'server.js': "console.log('3');\n" }));
      await waitsFor(
        flow,
        next.id,
        `for the end of a freeze: ada, rollback of acme/${flow.service}#2: prices are wrong`,
      );
      await flow.fleet.unfreeze(flow.service, order('reverted'));
      expect(await flow.finished(next.id)).toMatchObject({ outcome: 'deployed' });
      // What this one was compared with is what was put back, not what was taken back.
      const validation = await flow.recorded(next.id, 'staging_validation');
      expect(validation.entry.payload['production_version']).toBe(good.artifact);
    }));

  it.concurrent('clears a live canary out of its way', () =>
    withFlow(
      async (flow) => {
        const good = await deploy(flow, 1);
        await deploy(flow, 2);
        // So few requests that it is never proved while the test looks.
        flow.target.world.traffic = { requests: 1, errors: 0 };
        const live = await flow.enqueue(3, flow.open(3, { 'server.js': "console.log('3');\n" }));
        await flow.recorded(live.id, 'canary_tick');
        const result = await flow.rollbacks.order(flow.service, order('now'));
        if (result.kind !== 'ordered') throw new Error(result.kind);
        expect(await ended(flow, result.rollback.id)).toMatchObject({ status: 'done' });
        expect(await flow.finished(live.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'frozen' });
        expect(flow.target.world).toMatchObject({ production: good.artifact, canary: null, weight: 0 });
      },
      { config: { thresholds: { canary_monitoring_duration_min: 0.1 } } },
    ));

  it.concurrent('makes a run that holds the lease and has begun nothing under it make way', () =>
    withFlow(async (flow) => {
      const good = await deploy(flow, 1);
      await deploy(flow, 2);
      const held = await holdValidated(flow, 3);
      expect(await readLease(flows.ground.db, `canary:${flow.service}`)).toMatchObject({ holder: held.id });
      const result = await flow.rollbacks.order(flow.service, order('now'));
      if (result.kind !== 'ordered') throw new Error(result.kind);
      expect(await ended(flow, result.rollback.id)).toMatchObject({ status: 'done' });
      expect(flow.target.world).toMatchObject({ production: good.artifact, canary: null, weight: 0 });
      // It has lost nothing but its turn: staged again beside what is production now, it goes on.
      await flow.fleet.unfreeze(flow.service, order('reverted'));
      expect(await flow.finished(held.id)).toMatchObject({ outcome: 'deployed' });
      expect((await flow.recorded(held.id, 'staging_validation', 1)).entry.payload['production_version']).toBe(
        good.artifact,
      );
    }));

  it.concurrent('clears a canary out of its way that stands and has no traffic yet', () =>
    withFlow(async (flow) => {
      const good = await deploy(flow, 1);
      await deploy(flow, 2);
      flow.target.world.canaryUp = false;
      const young = await flow.enqueue(3, flow.open(3, { 'server.js': "console.log('3');\n" }));
      await flow.recorded(young.id, 'canary_deploy.completed');
      const result = await flow.rollbacks.order(flow.service, order('now'));
      if (result.kind !== 'ordered') throw new Error(result.kind);
      expect(await flow.finished(young.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'frozen' });
      flow.target.world.canaryUp = true;
      expect(await ended(flow, result.rollback.id)).toMatchObject({ status: 'done' });
      expect(flow.target.world).toMatchObject({ production: good.artifact, canary: null, weight: 0 });
    }));

  it.concurrent('that the target refuses for good fails, stops what it started, and gives the lease back', () =>
    withFlow(async (flow) => {
      await deploy(flow, 1);
      const bad = await deploy(flow, 2);
      flow.target.before = ({ verb, id }) => {
        if (verb === 'promote' || id.includes('~retire')) return;
        throw new PermanentFailure('NO_SUCH_HOST', 'the machines of this service are gone');
      };
      const result = await flow.rollbacks.order(flow.service, order('r'));
      if (result.kind !== 'ordered') throw new Error(result.kind);
      expect(await ended(flow, result.rollback.id)).toMatchObject({
        status: 'failed',
        waiting_for: '[NO_SUCH_HOST] the machines of this service are gone',
      });
      expect((await flow.entries(result.rollback.id)).map(({ entry }) => entry.event)).toEqual([
        'rollback_ordered',
        'rollback_deploy.intended',
        'rollback_deploy.failed',
        'rollback_stop.intended',
        'rollback_stop.completed',
        'rollback_failed',
      ]);
      expect(flow.target.world).toMatchObject({ production: bad.artifact, canary: null });
      expect(await readLease(flows.ground.db, `canary:${flow.service}`)).toMatchObject({ holder: null });
    }));

  it.concurrent('that dies between any two of its entries does each thing once', () =>
    withFlow(async (flow) => {
      const good = await deploy(flow, 1);
      await deploy(flow, 2);
      const died = new Set<string>();
      flow.faults.beforeAppend = ({ event }) => {
        const mine = event.startsWith('rollback_') || event === 'production_rollback';
        if (!mine || event === 'rollback_ordered' || event.endsWith('.unknown') || died.has(event)) return;
        died.add(event);
        // As after a kill: whoever dies says nothing of what came of it.
        throw new StoreDown('postgres');
      };
      const before = flow.target.effects.length;
      const result = await flow.rollbacks.order(flow.service, order('r'));
      if (result.kind !== 'ordered') throw new Error(result.kind);
      expect(await flow.rollbacks.order(flow.service, order('twice'))).toMatchObject({
        kind: 'under_way',
        rollback: { id: result.rollback.id },
      });
      expect(await ended(flow, result.rollback.id)).toMatchObject({ status: 'done' });
      expect(died.size).toBe(5);
      expect(
        flow.target.effects.slice(before).map(({ verb, subject }) => `${verb} ${subject === good.artifact}`),
      ).toEqual(['deploy true', 'promote true']);
      const entries = await flow.entries(result.rollback.id);
      expect(openIntents(entries)).toEqual([]);
      const orders = entries.filter(({ entry }) => entry.event === 'rollback_ordered');
      expect(orders.map(({ entry }) => entry.rationale)).toEqual(['r']);
    }));

  it.concurrent('that finds production changed by somebody else after a death stops what it started, and leaves nothing open', () =>
    withFlow(async (flow) => {
      await deploy(flow, 1);
      await deploy(flow, 2);
      const other = digestOf('deployed by hand');
      flow.faults.beforeAppend = ({ event }) => {
        if (event !== 'rollback_deploy.completed' || flow.target.world.production === other) return;
        flow.target.world.production = other;
        throw new StoreDown('postgres');
      };
      const result = await flow.rollbacks.order(flow.service, order('r'));
      if (result.kind !== 'ordered') throw new Error(result.kind);
      expect(await ended(flow, result.rollback.id)).toMatchObject({ status: 'failed' });
      const entries = await flow.entries(result.rollback.id);
      expect(entries.map(({ entry }) => `${entry.event} ${entry.outcome}`)).toEqual([
        'rollback_ordered ordered',
        'rollback_deploy.intended intended',
        'rollback_stop.intended intended',
        'rollback_stop.completed completed',
        'rollback_deploy.unknown unknown',
        'rollback_failed production_moved',
      ]);
      expect(flow.target.world).toMatchObject({ production: other, canary: null, weight: 0 });
    }));

  it.concurrent('of what no commit makes again fails, says so, and leaves production alone', () =>
    withFlow(async (flow) => {
      const only = await deploy(flow, 1);
      const result = await flow.rollbacks.order(flow.service, order('r'));
      if (result.kind !== 'ordered') throw new Error(result.kind);
      expect(await ended(flow, result.rollback.id)).toMatchObject({
        status: 'failed',
        waiting_for: 'no commit on the record makes the version that ran before',
      });
      expect(flow.target.world).toMatchObject({ production: only.artifact, canary: null });
      expect(await readLease(flows.ground.db, `canary:${flow.service}`)).toMatchObject({ holder: null });
    }));

  it.concurrent('of a service that released nothing is refused, and freezes nothing', () =>
    withFlow(async (flow) => {
      expect(await flow.rollbacks.order(flow.service, order('r'))).toMatchObject({
        kind: 'refused',
        why: 'nothing_released',
      });
      expect((await flow.fleet.view()).freezes.filter(({ service }) => service === flow.service)).toEqual([]);
    }));
});

it('leaves a record that verifies', async () => {
  expect(await verifyLog(flows.ground.db)).toMatchObject({ ok: true });
});
