import { describe, expect, it } from 'vitest';
import type { Recorded } from '../../src/audit/audit-log.ts';
import { makePolicyCheck } from '../../src/audit/verify-policy.ts';
import { StoreDown } from '../../src/errors.ts';
import { digestOf, RunId } from '../../src/ids.ts';
import { stageJobId } from '../../src/queues/job-ids.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { DecisionRequest } from '../../src/runs/run-desk.ts';
import type { Run } from '../../src/store/tables.ts';
import { eventually } from '../support/eventually.ts';
import { CI, type Flow, flowConfig, person } from '../support/fleet-flow.ts';
import { hurry } from '../support/fleet-ground.ts';
import { effectsOf, GOOD, useFlows, waitsFor } from '../support/flow-cases.ts';
import { judgeAgain } from '../support/judge-again.ts';
import { type TestSigner, withSigner } from '../support/test-signer.ts';

const flows = useFlows();
const OLD = digestOf('production');
const WAITS = 'for a signed checkpoint that covers entry';

type Over = NonNullable<Parameters<typeof flowConfig>[2]>;

/** A fleet that promotes nothing without a signature, and a signer that nobody has started. */
function withSigned(use: (flow: Flow, signer: TestSigner) => Promise<void>, over: Over = {}): Promise<void> {
  return withSigner((signer) => {
    const audit = { checkpoints: 'required', checkpoint_keys: [signer.vkey] };
    return flows.withFlow((flow) => use(flow, signer), { config: { ...over, audit } });
  });
}

const look = (signer: TestSigner) => signer.look(flows.ground.db);

/** Passed, and waits. */
async function unsigned(flow: Flow, pr = 1): Promise<{ id: string; verdict: Recorded }> {
  const { id } = await flow.enqueue(pr, flow.open(pr, GOOD));
  const verdict = await flow.recorded(id, 'canary_verdict');
  await waitsFor(flow, id, `${WAITS} ${verdict.receipt.seq}`);
  return { id, verdict };
}

/** It is looked at this many times more, and is no further. */
async function staysUnsigned(flow: Flow, id: string, looks = 3): Promise<void> {
  const ticks = async () => (await flow.entries(id)).filter(({ entry }) => entry.event === 'canary_tick').length;
  const before = await ticks();
  await eventually('it is watched on', async () => (await ticks()) >= before + looks, 60_000);
  expect(flow.target.world).toMatchObject({ production: OLD, weight: 5 });
  expect(effectsOf(flow)).not.toContain('promote canary');
}

const rollbackOf = async (flow: Flow, id: string) => (await flow.recorded(id, 'autonomous_rollback')).entry;

describe('row 27: a canary that passed', () => {
  it.concurrent('waits for the signer in words and under watch, costs no attempt, and is promoted when one is back', () =>
    withSigned(async (flow, signer) => {
      // What was signed before the verdict does not cover it.
      flow.faults.beforeAppend = async ({ event }) => {
        if (event !== 'canary_verdict') return;
        flow.faults.beforeAppend = () => undefined;
        await look(signer);
      };
      const { id, verdict } = await unsigned(flow);
      await staysUnsigned(flow, id);
      const job = await flow.queues.byName.canary.getJob(stageJobId(RunId.parse(id), 'canary'));
      expect(job?.attemptsMade).toBe(0);
      await look(signer);
      const ended = await flow.finished(id);
      expect(ended).toMatchObject({ outcome: 'deployed' });
      expect(flow.target.world).toMatchObject({ production: ended.artifact, canary: null, weight: 0 });
      expect(effectsOf(flow).filter((effect) => effect.startsWith('promote'))).toHaveLength(1);

      const entries = await flow.entries(id);
      const [intent] = entries.filter(({ entry }) => entry.event === 'promotion.intended');
      const checkpoint = intent?.entry.payload['checkpoint'] as { key: string; size: string };
      expect(checkpoint.key).toBe(signer.keyId);
      expect(BigInt(checkpoint.size) > BigInt(verdict.receipt.seq)).toBe(true);
      const check = makePolicyCheck();
      expect(entries.flatMap(({ receipt, entry }) => check.add(receipt.seq, entry))).toEqual([]);
      // The ticks of the wait change nothing about what was judged.
      expect(await judgeAgain(flow, flows.ground, id)).toMatchObject({
        code: 0,
        said: expect.stringContaining('the same'),
      });
    }));

  it.concurrent('waits on where another key signs, and goes on with its own', () =>
    withSigned((flow, signer) =>
      withSigner(async (other) => {
        const { id } = await unsigned(flow);
        await look(other);
        await staysUnsigned(flow, id);
        await look(signer);
        expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      }),
    ));

  it.concurrent('is not promoted by a row that its key did not sign, and says so', () =>
    withSigned((flow, signer) =>
      withSigner(async (other) => {
        const { id, verdict } = await unsigned(flow);
        const { seq, chainHash } = verdict.receipt;
        await signer.forge(flows.ground.db, { size: BigInt(seq) + 1n, chainHash }, other);
        await waitsFor(flow, id, `${WAITS} ${seq}: the one of ${BigInt(seq) + 1n} entries is not signed with a key of`);
        await staysUnsigned(flow, id);
        await flow.desk.cancel(RunId.parse(id), 'seen enough', CI);
        expect(await flow.finished(id)).toMatchObject({ outcome: 'cancelled' });
        expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
      }),
    ));

  it.concurrent('is taken back at once where its key signed another history', () =>
    withSigned(async (flow, signer) => {
      const { id, verdict } = await unsigned(flow);
      const { seq } = verdict.receipt;
      await signer.forge(flows.ground.db, { size: BigInt(seq) + 1n, chainHash: 'e'.repeat(64) });
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'no_checkpoint' });
      expect((await rollbackOf(flow, id)).rationale).toMatch(
        /^the record contradicts what was signed of it, from entry \d+ on: nothing is promoted on it$/,
      );
      expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
    }));

  it.concurrent('is rolled back at its limit where nobody signs, with the cause and what to do about it', () =>
    withSigned(
      async (flow) => {
        const { id } = await flow.enqueue(1, flow.open(1, GOOD));
        expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'no_checkpoint' });
        const { seq } = (await flow.recorded(id, 'canary_verdict')).receipt;
        const { rationale, payload } = await rollbackOf(flow, id);
        expect(rationale).toBe(`0.01 min after the verdict it still waited ${WAITS} ${seq}`);
        expect(payload).toMatchObject({ cause: 'no_checkpoint', verdict: seq });
        expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
        expect((await flow.recorded(id, 'incident_report')).entry.payload).toMatchObject({
          runbook: 'docs/runbooks/canary-no-checkpoint.md',
        });
      },
      { thresholds: { canary_gate_min: 0.01 } },
    ));

  it.concurrent('is rolled back for what it shows while it waits, also where the signer is back in that moment', () =>
    withSigned(async (flow, signer) => {
      const { id } = await unsigned(flow);
      flow.faults.beforeAppend = async ({ event, outcome }) => {
        if (event === 'canary_tick' && outcome === 'FAIL') await look(signer);
      };
      flow.target.world.traffic = { requests: 500, errors: 400 };
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'regression' });
      expect((await rollbackOf(flow, id)).rationale).toContain('canary requests failed');
      expect(flow.target.world).toMatchObject({ production: OLD, weight: 0 });
      expect((await flow.recorded(id, 'canary_verdict')).entry.outcome).toBe('PASS');
      expect(await judgeAgain(flow, flows.ground, id)).toMatchObject({
        code: 0,
        said: expect.stringContaining('the same'),
      });
    }));

  it.concurrent('that a guard takes out while it waits stays out, signed or not', () =>
    withSigned(async (flow, signer) => {
      const { id } = await unsigned(flow);
      flow.target.world.weight = 0;
      await openRecord(flows.ground.audit, await flow.run(id)).append({
        stage: 'canary',
        step: 'guard',
        event: 'guard_zeroed',
        rationale: 'nobody took a tick of the canary for 61 s',
        outcome: 'zeroed',
        payload: {},
      });
      await look(signer);
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back' });
      expect((await rollbackOf(flow, id)).payload).toMatchObject({ cause: 'unwatched' });
      expect(flow.target.world).toMatchObject({ production: OLD, weight: 0 });
    }));

  it.concurrent('goes on after the store was away meanwhile, without an attempt', () =>
    withSigned(async (flow, signer) => {
      const { id } = await unsigned(flow);
      let refused = 0;
      flow.faults.beforeAppend = ({ event }) => {
        if (event === 'canary_tick' && refused++ < 3) throw new StoreDown('postgres');
      };
      await eventually(
        'the store was asked three times',
        async () => {
          await hurry(flow.queues, 'canary', stageJobId(RunId.parse(id), 'canary'));
          return refused >= 3;
        },
        60_000,
      );
      await staysUnsigned(flow, id, 1);
      const job = await flow.queues.byName.canary.getJob(stageJobId(RunId.parse(id), 'canary'));
      expect(job?.attemptsMade).toBe(0);
      await look(signer);
      expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
    }));

  it.concurrent('is promoted once where everybody dies on the way from the signature to the record of it', () =>
    withSigned(async (flow, signer) => {
      const { id } = await unsigned(flow);
      const died = new Set<string>();
      const dies = (when: string) => {
        if (died.has(when)) return;
        died.add(when);
        throw new Error(`died ${when}`);
      };
      flow.faults.afterAppend = ({ event }) => {
        if (event === 'promotion.intended') dies('after the intent');
      };
      flow.faults.beforeAppend = ({ event }) => {
        if (event === 'promotion.completed') dies('after the act');
      };
      await look(signer);
      expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      expect(died.size).toBe(2);
      expect(effectsOf(flow).filter((effect) => effect.startsWith('promote'))).toHaveLength(1);
    }));

  it.concurrent('that a person lets go on waits for a signature of that decision too', () =>
    withSigned(
      async (flow, signer) => {
        const { id } = await flow.enqueue(1, flow.open(1, GOOD));
        await flow.recorded(id, 'escalated');
        await look(signer);
        const { head_sha } = await flow.run(id);
        const request = { decision: 'approve', reason: 'looked at it', head_sha } as DecisionRequest;
        expect(await flow.desk.decide(RunId.parse(id), request, person('mara'))).toMatchObject({ kind: 'recorded' });
        const verdict = await flow.recorded(id, 'canary_verdict');
        await waitsFor(flow, id, `${WAITS} ${verdict.receipt.seq}`);
        await staysUnsigned(flow, id);
        await look(signer);
        expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      },
      { thresholds: { canary_min_requests: 1_000_000_000, canary_max_windows: 1, canary_hold_min: 60 } },
    ));
});

it.concurrent('row 27: a dry run and a rollback wait for no signature', () =>
  withSigned(async (flow, signer) => {
    const deployed: Run[] = [];
    for (const pr of [1, 2]) {
      const { id } = await flow.enqueue(pr, flow.open(pr, { 'server.js': `console.log('${pr}');\n` }));
      await flow.recorded(id, 'canary_verdict');
      await look(signer);
      deployed.push(await flow.finished(id));
      flow.repo.git('fetch', '--quiet', 'origin');
      flow.repo.git('reset', '--quiet', '--hard', 'origin/main');
    }
    expect(deployed.map(({ outcome }) => outcome)).toEqual(['deployed', 'deployed']);

    const dry = await flow.enqueue(3, flow.open(3, { 'server.js': "console.log('3');\n" }), { dry_run: true });
    expect(await flow.finished(dry.id)).toMatchObject({ outcome: 'deployed' });
    const caller = { tokenId: 'ada', name: 'ada', person: 'ada', scopes: ['decide'] };
    const order = await flow.rollbacks.order(flow.service, { caller, reason: 'prices are wrong' });
    if (order.kind !== 'ordered') throw new Error(order.kind);
    const { id } = order.rollback;
    await eventually(
      'the end of the rollback',
      async () => {
        await hurry(flow.queues, 'release', `${id}~rollback`);
        return (await flow.rollbacks.view(RunId.parse(id)))?.status === 'done';
      },
      60_000,
    );
    expect(flow.target.world.production).toBe(deployed[0]?.artifact);
  }));
