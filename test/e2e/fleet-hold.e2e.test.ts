import { describe, expect, it } from 'vitest';
import { makePolicyCheck } from '../../src/audit/verify-policy.ts';
import { digestOf, RunId } from '../../src/ids.ts';
import { expireQuestion } from '../../src/runs/expire-question.ts';
import { openRecord } from '../../src/runs/record.ts';
import type { DecisionRequest } from '../../src/runs/run-desk.ts';
import { eventually } from '../support/eventually.ts';
import { CI, type Flow, person } from '../support/fleet-flow.ts';
import { effectsOf, GOOD, MIGRATION, useFlows } from '../support/flow-cases.ts';

const flows = useFlows();
const { withFlow } = flows;
const OLD = digestOf('production');
/** Never proved and never suspected: held after one window, for as long as the test looks. */
const HELD = {
  config: { thresholds: { canary_min_requests: 1_000_000_000, canary_max_windows: 1, canary_hold_min: 60 } },
};

async function held(flow: Flow): Promise<string> {
  const run = await flow.enqueue(1, flow.open(1, GOOD));
  await flow.recorded(run.id, 'escalated');
  return run.id;
}

async function decide(flow: Flow, id: string, decision: DecisionRequest['decision'], who = 'mara') {
  const { head_sha } = await flow.run(id);
  const request = requestOf(decision, head_sha);
  return flow.desk.decide(RunId.parse(id), request, person(who));
}

function requestOf(decision: DecisionRequest['decision'], head_sha: string): DecisionRequest {
  return { decision, reason: `${decision}, having looked at it`, head_sha: head_sha as DecisionRequest['head_sha'] };
}

const verdictOf = async (flow: Flow, id: string) => (await flow.recorded(id, 'canary_verdict')).entry;

describe('a canary on hold', () => {
  it.concurrent('is asked about with its figures, is watched meanwhile, and is promoted by a person', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      const view = await flow.desk.view(RunId.parse(id));
      const [question] = view?.escalations ?? [];
      expect(question).toMatchObject({ stage: 'canary', question: 0, reasons: ['canary_hold'], decision: null });
      expect(question?.package.canary).toMatchObject({ kind: 'hold', share_pct: 5, to_pct: 100 });
      expect(question?.package.canary?.missing.join()).toContain('of 1000000000 canary requests');
      expect(question?.package.diff_summary?.files.map(({ path }) => path)).toEqual(['server.js']);
      expect(question?.deadline_at.toISOString()).toBe(question?.package.canary?.until);
      const ticks = async () => (await flow.entries(id)).filter(({ entry }) => entry.event === 'canary_tick').length;
      const before = await ticks();
      await eventually('ticks go on', async () => (await ticks()) > before + 1, 60_000);
      expect(await decide(flow, id, 'approve', 'nina')).toMatchObject({ why: 'wrote_the_change' });
      expect(await decide(flow, id, 'extend', 'nina')).toMatchObject({ why: 'wrote_the_change' });
      expect(await flow.desk.decide(RunId.parse(id), requestOf('approve', view?.run.head_sha ?? ''), CI)).toMatchObject(
        { why: 'not_a_person' },
      );

      expect(await decide(flow, id, 'approve')).toMatchObject({ kind: 'recorded', decision: 'approve' });
      const ended = await flow.finished(id);
      expect(ended).toMatchObject({ outcome: 'deployed' });
      expect(flow.target.world).toMatchObject({ production: ended.artifact, canary: null, weight: 0 });
      const decision = await flow.recorded(id, 'human_decision');
      expect(decision.entry).toMatchObject({ stage: 'canary', n: 0, payload: { artifact: ended.artifact } });
      expect(await verdictOf(flow, id)).toMatchObject({
        outcome: 'INCONCLUSIVE',
        rationale: expect.stringMatching(/^mara decided to promote it: approve, having looked at it; no proof/),
        payload: { decided_by: decision.receipt.seq, artifact: ended.artifact },
      });
      const check = makePolicyCheck();
      const entries = await flow.entries(id);
      expect(entries.flatMap(({ receipt, entry }) => check.add(receipt.seq, entry))).toEqual([]);
      // Without that decision the same record is none of an authorised release.
      const forged = makePolicyCheck();
      const without = entries.filter(({ receipt }) => receipt.seq !== decision.receipt.seq);
      expect(without.flatMap(({ receipt, entry }) => forged.add(receipt.seq, entry)).map(({ kind }) => kind)).toContain(
        'release_without_pass',
      );
    }, HELD));

  it.concurrent('is taken back by a person', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      expect(await decide(flow, id, 'reject')).toMatchObject({ kind: 'recorded', decision: 'reject' });
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'no_proof' });
      expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
      expect((await verdictOf(flow, id)).rationale).toMatch(/^mara decided to take it back: /);
    }, HELD));

  it.concurrent('that a person lets go on is watched for another set of windows, then asked about anew, and expires', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      expect(await decide(flow, id, 'extend')).toMatchObject({ kind: 'recorded', decision: 'extend' });
      await flow.recorded(id, 'escalated', 1);
      const escalations = (await flow.desk.view(RunId.parse(id)))?.escalations;
      expect(escalations).toMatchObject([
        { question: 1, decision: null, reminded: 0 },
        { question: 0, decision: 'extend' },
      ]);
      expect(escalations?.[0]?.package.canary?.seen).toContain('no proof of health after 2 windows');
      // As the sweeper does it at the deadline.
      await expireQuestion(flows.ground.db, flows.ground.audit, await flow.run(id), 'canary', 1);
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'no_proof' });
      expect((await verdictOf(flow, id)).rationale).toMatch(/^nobody decided before the deadline/);
      expect(await decide(flow, id, 'approve')).toMatchObject({ kind: 'too_late', stored: 'expired' });
    }, HELD));

  it.concurrent('that fails is rolled back whatever a person is doing, and the promotion that comes later is refused', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      let late: unknown = null;
      flow.faults.beforeAppend = async ({ event }) => {
        // A person answers in the moment between the judgement and its verdict.
        if (event === 'canary_verdict' && late === null) late = await decide(flow, id, 'approve');
      };
      flow.target.world.traffic = { requests: 500, errors: 400 };
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'regression' });
      expect(late).toMatchObject({
        kind: 'refused',
        why: 'canary_over',
        detail: expect.stringContaining('canary requests failed'),
      });
      expect(await decide(flow, id, 'approve')).toMatchObject({ why: 'canary_over' });
      expect(effectsOf(flow)).not.toContain('promote canary');
      expect((await flow.recorded(id, 'human_decision')).entry).toMatchObject({ outcome: 'withdrawn' });
    }, HELD));

  it.concurrent('that fails after a person decided to promote it is rolled back all the same', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      flow.target.world.traffic = { requests: 500, errors: 400 };
      flow.faults.beforeAppend = async ({ event, outcome }) => {
        if (event !== 'canary_tick' || outcome !== 'FAIL') return;
        flow.faults.beforeAppend = () => undefined;
        expect(await decide(flow, id, 'approve')).toMatchObject({ kind: 'recorded', decision: 'approve' });
      };
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'regression' });
      expect(await verdictOf(flow, id)).toMatchObject({ outcome: 'FAIL' });
      expect(effectsOf(flow)).not.toContain('promote canary');
    }, HELD));

  it.concurrent('that the guard took out is not promoted, before or after the decision', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      const zero = async () => {
        const record = openRecord(flows.ground.audit, await flow.run(id));
        flow.target.world.weight = 0;
        await record.append({
          stage: 'canary',
          step: 'guard',
          event: 'guard_zeroed',
          rationale: 'nobody took a tick of the canary for 61 s: it was taken out of traffic',
          outcome: 'zeroed',
          payload: {},
        });
      };
      // Between the decision and the promotion; the handler of the decision has no time to see it.
      flow.faults.afterAppend = async ({ event }) => {
        if (event === 'canary_verdict') await zero();
      };
      await decide(flow, id, 'approve');
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back' });
      expect(flow.target.world).toMatchObject({ production: OLD, weight: 0 });
      expect(await decide(flow, id, 'reject')).toMatchObject({ kind: 'too_late', stored: 'approve' });
      expect((await flow.recorded(id, 'autonomous_rollback')).entry.payload).toMatchObject({ cause: 'unwatched' });
    }, HELD));

  it.concurrent('that the guard took out during the hold ends, and a decision is refused with the reason', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      const run = await flow.run(id);
      let late: unknown = null;
      flow.faults.beforeAppend = async ({ event }) => {
        if (event !== 'human_decision' || late !== null) return;
        late = 'asking';
        late = await decide(flow, id, 'approve');
      };
      flow.target.world.weight = 0;
      await openRecord(flows.ground.audit, run).append({
        stage: 'canary',
        step: 'guard',
        event: 'guard_zeroed',
        rationale: 'nobody took a tick of the canary for 61 s',
        outcome: 'zeroed',
        payload: {},
      });
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'no_proof' });
      expect(late).toMatchObject({ why: 'canary_over', detail: expect.stringContaining('nobody took a tick') });
      expect(flow.target.world.weight).toBe(0);
    }, HELD));

  it.concurrent('ends the same way when everybody dies between the steps', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      const died = new Set<string>();
      const dies = (when: string) => {
        if (died.has(when)) return;
        died.add(when);
        throw new Error(`died ${when}`);
      };
      flow.faults.afterAppend = ({ event, stage }) => {
        if (event === 'human_decision') dies('after the decision');
        if (event === 'canary_verdict') dies('after the verdict');
        if (event === 'promotion.intended') dies('after the intent');
        if (event === 'production_release' && stage === 'canary') dies('after the release');
      };
      flow.faults.beforeAppend = ({ event }) => {
        if (event === 'canary_verdict') dies('before the verdict');
      };
      await expect(decide(flow, id, 'approve')).rejects.toThrow('died after the decision');
      expect(await flow.finished(id)).toMatchObject({ outcome: 'deployed' });
      expect(died.size).toBe(5);
      expect(effectsOf(flow).filter((effect) => effect.startsWith('promote'))).toHaveLength(1);
      expect((await flow.desk.view(RunId.parse(id)))?.escalations[0]?.decided_at).not.toBeNull();
    }, HELD));

  it.concurrent('is decided once when two people decide at the same moment', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      const both = await Promise.all([decide(flow, id, 'approve', 'mara'), decide(flow, id, 'reject', 'jonas')]);
      const won = both.filter((result) => result?.kind === 'recorded');
      expect(won).toHaveLength(1);
      expect(both.filter((result) => result?.kind === 'too_late' || result?.kind === 'refused')).toHaveLength(1);
      const { outcome } = await flow.finished(id);
      expect(outcome).toBe(won[0]?.kind === 'recorded' && won[0].decision === 'approve' ? 'deployed' : 'rolled_back');
    }, HELD));

  it.concurrent('is given up with its run: cancelled, superseded or frozen', () =>
    withFlow(async (flow) => {
      const id = await held(flow);
      await flow.desk.cancel(RunId.parse(id), 'not today', person('mara'));
      expect(await decide(flow, id, 'approve')).toMatchObject({ kind: 'refused' });
      expect(await flow.finished(id)).toMatchObject({ outcome: 'cancelled' });
      expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });

      const older = await flow.enqueue(2, flow.open(2, { 'server.js': "console.log('three');\n" }));
      await flow.recorded(older.id, 'escalated');
      const newer = await flow.enqueue(2, flow.open(2, { 'server.js': "console.log('four');\n" }));
      expect(await flow.finished(older.id)).toMatchObject({ outcome: 'superseded' });
      await flow.recorded(newer.id, 'escalated');
      const order = { caller: { tokenId: 'a', name: 'ada', person: 'ada', scopes: ['admin'] }, reason: 'incident 12' };
      await flow.fleet.freeze(flow.service, order);
      expect(await flow.finished(newer.id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'frozen' });
      expect(await decide(flow, newer.id, 'approve')).toMatchObject({
        why: 'canary_over',
        detail: expect.stringContaining('deliveries are frozen: ada, incident 12'),
      });
      expect(flow.target.world).toMatchObject({ production: OLD, canary: null, weight: 0 });
    }, HELD));
});

it.concurrent('only a canary on hold can be watched for longer', () =>
  withFlow(async (flow) => {
    const run = await flow.enqueue(1, flow.open(1, MIGRATION));
    await flow.recorded(run.id, 'escalated');
    expect(await decide(flow, run.id, 'extend')).toMatchObject({ kind: 'refused', why: 'not_on_hold' });
    await decide(flow, run.id, 'reject');
    expect(await flow.finished(run.id)).toMatchObject({ outcome: 'rejected' });
  }));
