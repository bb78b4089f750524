import { describe, expect, it } from 'vitest';
import { makePolicyCheck } from '../../src/audit/verify-policy.ts';
import { SlipwayFile } from '../../src/config/schema.ts';
import { replayCanary } from '../../src/delivery/judge/replay-canary.ts';
import { digestOf, RunId } from '../../src/ids.ts';
import { wakeCanary } from '../../src/queues/wake-canary.ts';
import { expireQuestion } from '../../src/runs/expire-question.ts';
import { rebuildFlow } from '../../src/runs/rebuild-flow.ts';
import type { DecisionRequest } from '../../src/runs/run-desk.ts';
import { readTicks } from '../../src/workers/canary/canary-tick.ts';
import { eventually } from '../support/eventually.ts';
import { type Flow, person } from '../support/fleet-flow.ts';
import { effectsOf, GOOD, useFlows } from '../support/flow-cases.ts';

const flows = useFlows();
const { withFlow } = flows;
const OLD = digestOf('production');

/** Of every class that GOOD may be of, so that the tests need nobody before the canary. */
const gatedAt = (canary_gates: number[], canary_steps: number[] = []) => ({
  low_risk_fix: { canary_steps, canary_gates },
  performance_critical: { canary_steps, canary_gates },
});
/** Windows of several seconds: at each step there is one, and a busy machine must not miss its end. */
const SLOW = { canary_monitoring_duration_min: 0.08, canary_tick_s: 0.3 };
const GATED = {
  config: { change_classes: gatedAt([25, 100], [25]), thresholds: { ...SLOW, canary_gate_min: 60 } },
};
const AT_PRODUCTION = { config: { change_classes: gatedAt([100]), thresholds: { ...SLOW, canary_gate_min: 60 } } };

async function decide(flow: Flow, id: string, decision: DecisionRequest['decision'], who = 'mara') {
  const { head_sha } = await flow.run(id);
  const request = {
    decision,
    reason: `${decision}, having looked at it`,
    head_sha: head_sha as DecisionRequest['head_sha'],
  };
  return flow.desk.decide(RunId.parse(id), request, person(who));
}

async function atGate(flow: Flow): Promise<string> {
  const run = await flow.enqueue(1, flow.open(1, GOOD));
  await flow.recorded(run.id, 'escalated');
  return run.id;
}

const verdictOf = async (flow: Flow, id: string) => (await flow.recorded(id, 'canary_verdict')).entry;
const weights = (flow: Flow) => effectsOf(flow).filter((effect) => /^(weight|promote)/.test(effect));
const ticksOf = async (flow: Flow, id: string) =>
  (await flow.entries(id)).filter(({ entry }) => entry.event === 'canary_tick').length;

/** What an auditor and a replay make of it. */
async function check(flow: Flow, id: string) {
  const entries = await flow.entries(id);
  const audit = makePolicyCheck();
  expect(entries.flatMap(({ receipt, entry }) => audit.add(receipt.seq, entry))).toEqual([]);
  const started = entries.find(({ entry }) => entry.event === 'canary_started');
  const limits = SlipwayFile.shape.thresholds.parse(started?.entry.payload['limits']);
  return { entries, replay: replayCanary(await readTicks(flows.ground, id), limits) };
}

describe('a canary at a gate', () => {
  it.concurrent('passes at each share, is asked about before the next, is watched meanwhile, and goes where people let it', () =>
    withFlow(async (flow) => {
      const id = await atGate(flow);
      const [question] = (await flow.desk.view(RunId.parse(id)))?.escalations ?? [];
      expect(question).toMatchObject({ stage: 'canary', question: 0, reasons: ['canary_gate'], decision: null });
      expect(question?.package.canary).toMatchObject({ kind: 'gate', share_pct: 5, to_pct: 25, missing: [] });
      expect(question?.package.canary?.seen).toMatch(/^healthy after 1 window/);
      expect(question?.deadline_at.toISOString()).toBe(question?.package.canary?.until);
      const before = await ticksOf(flow, id);
      // Beyond all its windows: it has nothing more to prove.
      await eventually('ticks go on', async () => (await ticksOf(flow, id)) > before + 30, 120_000);
      expect(weights(flow)).toEqual(['weight 5']);
      expect(await decide(flow, id, 'extend')).toMatchObject({ why: 'not_on_hold' });
      expect(await decide(flow, id, 'approve', 'nina')).toMatchObject({ why: 'wrote_the_change' });
      expect(await decide(flow, id, 'approve')).toMatchObject({ kind: 'recorded', decision: 'approve' });

      await flow.recorded(id, 'escalated', 1);
      expect(weights(flow)).toEqual(['weight 5', 'weight 25']);
      const asked = (await flow.desk.view(RunId.parse(id)))?.escalations ?? [];
      expect(asked.map(({ question: n, decision }) => [n, decision])).toEqual([
        [1, null],
        [0, 'approve'],
      ]);
      expect(asked.map(({ package: { canary } }) => canary?.to_pct)).toEqual([100, 25]);
      expect(asked[1]?.approvals_needed).toBe(1);
      // Its ticks tell that it waits, which is what is replayed.
      const known = await ticksOf(flow, id);
      await eventually('a tick at the gate', async () => (await ticksOf(flow, id)) > known + 1, 60_000);
      expect(await decide(flow, id, 'approve', 'jonas')).toMatchObject({ kind: 'recorded', decision: 'approve' });
      expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      expect(weights(flow)).toEqual(['weight 5', 'weight 25', 'promote canary']);
      const second = await flow.recorded(id, 'human_decision', 1);
      expect(await verdictOf(flow, id)).toMatchObject({
        outcome: 'PASS',
        rationale: expect.stringMatching(/^jonas decided to promote it: /),
        payload: { decided_by: second.receipt.seq, decision: 'approve' },
      });

      const { entries, replay } = await check(flow, id);
      expect(replay?.judgement.next).toMatchObject({ kind: 'gate', pct: 100 });
      for (const [n, kinds] of [
        [0, ['gate_without_decision']],
        [1, ['gate_without_decision', 'gate_without_decision']],
      ] as const) {
        // Without that decision the same record is none of an authorised release.
        const forged = makePolicyCheck();
        const without = entries.filter(({ entry }) => !(entry.event === 'human_decision' && entry.n === n));
        const found = without.flatMap(({ receipt, entry }) => forged.add(receipt.seq, entry)).map(({ kind }) => kind);
        expect(found).toEqual(kinds);
      }
    }, GATED));

  it.concurrent('goes back when a person says no, without a word against the change', () =>
    withFlow(async (flow) => {
      const id = await atGate(flow);
      expect(await decide(flow, id, 'reject')).toMatchObject({ kind: 'recorded', decision: 'reject' });
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'gate_closed' });
      expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
      expect(await verdictOf(flow, id)).toMatchObject({ outcome: 'INCONCLUSIVE', payload: { cause: 'gate_closed' } });
      expect((await flow.recorded(id, 'incident_report')).entry.rationale).toContain('mara decided to take it back');
      await check(flow, id);
    }, AT_PRODUCTION));

  it.concurrent('goes back when nobody answers in time, by its own clock and by the sweeper’s', () =>
    withFlow(async (flow) => {
      const id = await atGate(flow);
      let late: unknown = null;
      flow.faults.beforeAppend = async ({ event, outcome }) => {
        // Somebody answers at the moment of its expiry: whoever is on the record first counts.
        if (event === 'canary_verdict' && late === null && outcome !== 'PASS') late = await decide(flow, id, 'approve');
      };
      await expireQuestion(flows.ground.db, flows.ground.audit, await flow.run(id), 'canary', 0);
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'gate_closed' });
      expect(late).toMatchObject({ kind: 'too_late', stored: 'expired' });
      expect((await verdictOf(flow, id)).rationale).toMatch(/^nobody decided before the deadline/);
      expect(weights(flow)).toEqual(['weight 5', 'weight 0']);

      const short = { ...AT_PRODUCTION.config.thresholds, canary_gate_min: 0.01 };
      await withFlow(
        async (other) => {
          const second = await other.enqueue(1, other.open(1, GOOD));
          expect(await other.finished(second.id)).toMatchObject({
            outcome: 'rolled_back',
            outcome_reason: 'gate_closed',
          });
          expect((await other.recorded(second.id, 'human_decision')).entry).toMatchObject({ outcome: 'expired' });
          await check(other, second.id);
        },
        { config: { ...AT_PRODUCTION.config, thresholds: short } },
      );
    }, AT_PRODUCTION));

  it.concurrent('that fails is rolled back at once, and the approval that comes meanwhile changes nothing', () =>
    withFlow(async (flow) => {
      const id = await atGate(flow);
      let late: unknown = null;
      flow.faults.beforeAppend = async ({ event, outcome }) => {
        // It is already going back.
        if (event === 'canary_weight.completed' && late === null) late = await decide(flow, id, 'approve');
        if (event !== 'canary_tick' || outcome !== 'FAIL') return;
        expect(await decide(flow, id, 'approve', 'nina')).toMatchObject({ why: 'wrote_the_change' });
      };
      flow.target.world.traffic = { requests: 500, errors: 400 };
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'regression' });
      expect(late).toMatchObject({ why: 'canary_over', detail: expect.stringContaining('canary requests failed') });
      expect(weights(flow)).toEqual(['weight 5', 'weight 0']);
      expect((await flow.recorded(id, 'human_decision')).entry).toMatchObject({ outcome: 'withdrawn' });
      await check(flow, id);
    }, GATED));

  it.concurrent('is decided once when two people decide at the same moment', () =>
    withFlow(async (flow) => {
      const id = await atGate(flow);
      const both = await Promise.all([decide(flow, id, 'approve', 'mara'), decide(flow, id, 'reject', 'jonas')]);
      const won = both.filter((result) => result?.kind === 'recorded');
      expect(won).toHaveLength(1);
      const { outcome } = await flow.finished(id);
      expect(outcome).toBe(won[0]?.kind === 'recorded' && won[0].decision === 'approve' ? 'deployed' : 'rolled_back');
      expect((await flow.entries(id)).filter(({ entry }) => entry.event === 'human_decision')).toHaveLength(1);
    }, AT_PRODUCTION));

  it.concurrent.each([
    ['the decision', ['before canary_weight.intended', 'after canary_weight.intended']],
    // Two deaths at most: what waits longer between two attempts misses the end of the only window at this share.
    ['the weight', ['before canary_weight.completed', 'after canary_weight.completed']],
    [
      'the questions and the verdict',
      ['before escalated', 'after escalated', 'before canary_verdict', 'after canary_verdict'],
    ],
  ])('goes on to the same share once, however often everybody dies around %s', (_what, moments) =>
    withFlow(async (flow) => {
      const id = await atGate(flow);
      const left = new Set(moments);
      const dies = (when: string) => {
        if (left.delete(when)) throw new Error(`died ${when}`);
      };
      const isAct = ({ event, step }: { event: string; step: string }) =>
        step === 'step' || event === 'escalated' || event === 'canary_verdict';
      flow.faults.beforeAppend = (draft) => {
        if (isAct(draft)) dies(`before ${draft.event}`);
      };
      flow.faults.afterAppend = (draft) => {
        if (isAct(draft)) dies(`after ${draft.event}`);
        if (draft.event === 'human_decision') throw new Error('died after the decision');
      };
      await expect(decide(flow, id, 'approve')).rejects.toThrow('died after the decision');
      await flow.recorded(id, 'escalated', 1);
      await expect(decide(flow, id, 'approve')).rejects.toThrow('died after the decision');
      expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      expect([...left]).toEqual([]);
      expect(weights(flow)).toEqual(['weight 5', 'weight 25', 'promote canary']);
      await check(flow, id);
    }, GATED),
  );

  it.concurrent('still waits at it when Redis has lost the run', () =>
    withFlow(async (flow) => {
      const id = await atGate(flow);
      await eventually(
        'the job of the canary is lost',
        async () => (await flow.queues.byName.release.remove(`${id}~release`)) > 0,
        60_000,
      );
      expect(await decide(flow, id, 'approve')).toMatchObject({ kind: 'recorded' });
      const deps = { db: flows.ground.db, audit: flows.ground.audit, queues: flow.queues, config: flow.config };
      expect(await rebuildFlow(deps, await flow.run(id))).toBe(true);
      expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      expect(weights(flow)).toEqual(['weight 5', 'promote canary']);
    }, AT_PRODUCTION));

  it.concurrent('is given up with its run: superseded, or frozen', () =>
    withFlow(async (flow) => {
      const id = await atGate(flow);
      const newer = await flow.enqueue(1, flow.open(1, { 'server.js': "console.log('four');\n" }));
      expect(await flow.finished(id)).toMatchObject({ outcome: 'superseded' });
      expect(await decide(flow, id, 'approve')).toMatchObject({ kind: 'refused' });
      await flow.recorded(newer.id, 'escalated');
      const order = { caller: { tokenId: 'a', name: 'ada', person: 'ada', scopes: ['admin'] }, reason: 'incident 12' };
      await flow.fleet.freeze(flow.service, order);
      expect(await flow.finished(newer.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'frozen' });
      expect(await decide(flow, newer.id, 'approve')).toMatchObject({ why: 'canary_over' });
      expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
    }, AT_PRODUCTION));

  it.concurrent('that the target branch asks for stands beside those of the configuration', () =>
    withFlow(
      async (flow) => {
        const id = await atGate(flow);
        expect((await flow.recorded(id, 'canary_started')).entry.payload).toMatchObject({ steps: [], gates: [100] });
        expect(await decide(flow, id, 'approve')).toMatchObject({ kind: 'recorded' });
        expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      },
      {
        config: { thresholds: { ...SLOW, canary_gate_min: 60 } },
        setUp: (repo) => {
          const files = { '.slipway/policy.yaml': 'change_classes:\n  low_risk_fix: {canary_gates: [100]}\n' };
          repo.commit({ files, message: 'Ask before production', email: 'owner@example.com' });
        },
      },
    ));
});

/** With an hour between two ticks, and a clock that a test sets: what comes of a decision within one of them came of the wake-up. */
describe('a decision about a canary at a gate or on hold', () => {
  const HOURLY = {
    canary_monitoring_duration_min: 60,
    canary_tick_s: 3600,
    canary_metrics_freeze_s: 3600,
    canary_metrics_zero_s: 3600,
    canary_gate_min: 600,
    canary_hold_min: 600,
    canary_max_windows: 1,
  };

  async function withHours(
    config: Parameters<typeof withFlow>[1] & object,
    use: (flow: Flow, hourLater: (id: string, tick: number) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    let aheadMs = 0;
    const now = () => new Date(Date.now() + aheadMs);
    await withFlow(
      (flow) =>
        use(flow, async (id, tick) => {
          await flow.recorded(id, 'canary_tick', tick - 1);
          aheadMs += 3_600_000;
          await wakeCanary(flow.queues, RunId.parse(id));
        }),
      { ...config, now },
    );
  }

  /** Decides in the moment of the question, while the step that asked is still under way. */
  function decideAtOnce(flow: Flow, decision: DecisionRequest['decision']): () => Promise<unknown> {
    let decided: Promise<unknown> = Promise.resolve();
    flow.faults.afterAppend = ({ event, run_id }) => {
      if (event === 'escalated') decided = decide(flow, run_id ?? '', decision);
    };
    return () => decided;
  }

  it.concurrent('acts at once, between two ticks, also where the tick that asked is not over', () =>
    withHours({ config: { change_classes: gatedAt([25, 100], [25]), thresholds: HOURLY } }, async (flow, hourLater) => {
      const decided = decideAtOnce(flow, 'approve');
      flow.target.world.traffic = { requests: 5_000, errors: 0 };
      const { id } = await flow.enqueue(1, flow.open(1, GOOD));
      await hourLater(id, 1);
      await hourLater(id, 2);
      await flow.recorded(id, 'canary_weight.completed', 2);
      expect(await decided()).toMatchObject({ kind: 'recorded', decision: 'approve' });
      expect(weights(flow)).toEqual(['weight 5', 'weight 25']);
      expect(await ticksOf(flow, id)).toBe(3);
      await flow.desk.cancel(RunId.parse(id), 'seen enough', person('mara'));
      expect(await flow.endOf(id)).toMatchObject({ outcome: 'cancelled' });
    }));

  it.concurrent('makes it production at once', () =>
    withHours({ config: { change_classes: gatedAt([100]), thresholds: HOURLY } }, async (flow, hourLater) => {
      const decided = decideAtOnce(flow, 'approve');
      flow.target.world.traffic = { requests: 5_000, errors: 0 };
      const { id } = await flow.enqueue(1, flow.open(1, GOOD));
      await hourLater(id, 1);
      await hourLater(id, 2);
      expect(await flow.endOf(id)).toMatchObject({ outcome: 'deployed' });
      expect(await decided()).toMatchObject({ kind: 'recorded', decision: 'approve' });
      expect(await verdictOf(flow, id)).toMatchObject({ outcome: 'PASS', payload: { decision: 'approve' } });
      expect(await ticksOf(flow, id)).toBe(3);
      const { replay } = await check(flow, id);
      expect(replay?.judgement.verdict).toBe('PASS');
    }));

  it.concurrent('takes it back at once', () =>
    withHours({ config: { change_classes: gatedAt([100]), thresholds: HOURLY } }, async (flow, hourLater) => {
      const decided = decideAtOnce(flow, 'reject');
      flow.target.world.traffic = { requests: 5_000, errors: 0 };
      const { id } = await flow.enqueue(1, flow.open(1, GOOD));
      await hourLater(id, 1);
      await hourLater(id, 2);
      expect(await flow.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'gate_closed' });
      expect(await decided()).toMatchObject({ kind: 'recorded', decision: 'reject' });
      expect(await verdictOf(flow, id)).toMatchObject({ outcome: 'INCONCLUSIVE', payload: { cause: 'gate_closed' } });
      expect(await ticksOf(flow, id)).toBe(3);
      await check(flow, id);
    }));

  it.concurrent('promotes one on hold at once', () =>
    withHours(
      { config: { thresholds: { ...HOURLY, canary_min_requests: 1_000_000_000 } } },
      async (flow, hourLater) => {
        const decided = decideAtOnce(flow, 'approve');
        flow.target.world.traffic = { requests: 5_000, errors: 0 };
        const { id } = await flow.enqueue(1, flow.open(1, GOOD));
        await hourLater(id, 1);
        await hourLater(id, 2);
        expect(await flow.endOf(id)).toMatchObject({ outcome: 'deployed' });
        expect(await decided()).toMatchObject({ kind: 'recorded' });
        expect(await ticksOf(flow, id)).toBe(3);
      },
    ));
});
