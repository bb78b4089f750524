import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { storeReceipt } from '../../src/audit/stored-receipt.ts';
import { TransientFailure } from '../../src/errors.ts';
import { recordZero } from '../../src/guard/record-zero.ts';
import { RunId, Sha } from '../../src/ids.ts';
import { expireQuestion } from '../../src/runs/expire-question.ts';
import type { DecisionRequest } from '../../src/runs/run-desk.ts';
import { CI, type Flow, person } from '../support/fleet-flow.ts';
import { GOOD, useFlows } from '../support/flow-cases.ts';
import { judgeAgain } from '../support/judge-again.ts';

const flows = useFlows();
const { withFlow } = flows;

const judge = (flow: Flow, id: string) => judgeAgain(flow, flows.ground, id);
const enqueue = async (flow: Flow, pr: number) => (await flow.enqueue(pr, flow.open(pr, GOOD))).id;
/** Watched until something else ends it. */
const ENDLESS = { config: { thresholds: { canary_monitoring_duration_min: 5, canary_tick_s: 0.5 } } };
const HELD = {
  config: { thresholds: { canary_min_requests: 1_000_000_000, canary_max_windows: 1, canary_hold_min: 60 } },
};

/** The metrics are gone from now on; the one that brings them back. */
function loseMetrics(flow: Flow): () => void {
  const snapshot = flow.target.snapshot.bind(flow.target);
  flow.target.snapshot = () => Promise.reject(new TransientFailure('METRICS', 'nobody answers'));
  return () => Object.assign(flow.target, { snapshot });
}

async function decide(flow: Flow, id: string, decision: DecisionRequest['decision']) {
  const head_sha = Sha.parse((await flow.run(id)).head_sha);
  const request = { decision, reason: 'looked at it', head_sha };
  expect(await flow.desk.decide(RunId.parse(id), request, person('mara'))).toMatchObject({ kind: 'recorded' });
}

describe('a recorded canary judged again', () => {
  it.concurrent('whose metrics were gone for too long: taken to zero by the judge', () =>
    withFlow(
      async (flow) => {
        flow.target.world.traffic = { requests: 10, errors: 0 };
        const id = await enqueue(flow, 1);
        await flow.recorded(id, 'canary_tick');
        loseMetrics(flow);
        expect(await flow.finished(id)).toMatchObject({ outcome_reason: 'metrics_unavailable' });
        const ticks = (await flow.entries(id)).filter(({ entry }) => entry.event === 'canary_tick');
        const { code, said } = await judge(flow, id);
        expect(said).toMatch(/^FAIL \(metrics_unavailable\) at tick \d+: no metrics for/);
        expect(said).toContain('on the record: FAIL, the same');
        expect(said).toContain(`what was said at each of ${ticks.length} tick(s) while it ran: the same`);
        expect(said).not.toContain('the end was');
        expect(code).toBe(0);
        // One other figure in the store, and it is told at which tick.
        const last = ticks.at(-1)?.entry.n ?? 0;
        await flows.ground.db
          .updateTable('slipway.canary_ticks')
          .set({ sample: sql`jsonb_set(sample, '{elapsed_s}', '0')` })
          .where('run_id', '=', id)
          .where('n', '=', last)
          .execute();
        const altered = await judge(flow, id);
        expect(altered.said).toContain('on the record: FAIL, ANOTHER VERDICT');
        expect(altered.said).toContain(`tick ${last}: FAIL on the record, CONTINUE, watch NOW`);
        expect(altered.code).toBe(1);
      },
      {
        config: {
          thresholds: {
            canary_monitoring_duration_min: 5,
            canary_tick_s: 0.5,
            canary_metrics_freeze_s: 1,
            canary_metrics_zero_s: 4,
          },
        },
      },
    ));

  it.concurrent('that was frozen and got its metrics back', () =>
    withFlow(
      async (flow) => {
        flow.target.world.traffic = { requests: 10, errors: 0 };
        const id = await enqueue(flow, 2);
        await flow.recorded(id, 'canary_tick');
        const bringBack = loseMetrics(flow);
        flow.faults.afterAppend = ({ event, payload }) => {
          if (event === 'canary_tick' && (payload['next'] as { kind?: string } | null)?.kind === 'freeze') {
            flow.target.world.traffic = { requests: 500, errors: 400 };
            bringBack();
          }
        };
        expect(await flow.finished(id)).toMatchObject({ outcome_reason: 'regression' });
        const { code, said } = await judge(flow, id);
        expect(said).toContain('on the record: FAIL, the same');
        expect(code).toBe(0);
      },
      {
        config: {
          thresholds: { canary_monitoring_duration_min: 5, canary_tick_s: 0.5, canary_metrics_freeze_s: 1 },
        },
      },
    ));

  it.concurrent('that a guard took to zero: its end was not the judge’s', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 10, errors: 0 };
      const id = await enqueue(flow, 3);
      const { receipt } = await flow.recorded(id, 'canary_started');
      await flow.recorded(id, 'canary_tick');
      const at = new Date().toISOString();
      const started = { run_id: RunId.parse(id), service: flow.service, fence: '1', started: storeReceipt(receipt) };
      await recordZero(
        flows.ground,
        randomUUID(),
        { ...started, traffic: true, promoting: false, limit_ms: 60_000, watched_at: at, zeroed: null },
        { at, cause: 'no_tick', unwatched_s: 61, from_pct: 5, by: 'weight', recorded: false },
      );
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back' });
      const { code, said } = await judge(flow, id);
      expect(said).toMatch(/^CONTINUE at tick/);
      expect(said).toContain('on the record: no verdict of the judge');
      expect(said).toMatch(/what was said at each of \d+ tick\(s\) while it ran: the same/);
      expect(said).toMatch(/the end was not the judge’s: a guard took it out of traffic: .*61 s/);
      expect(code).toBe(0);
    }, ENDLESS));

  it.concurrent('that an operator froze, and one whose run was cancelled', () =>
    withFlow(async (flow) => {
      flow.target.world.traffic = { requests: 10, errors: 0 };
      const cancelled = await enqueue(flow, 4);
      await flow.recorded(cancelled, 'canary_tick');
      const running = await judge(flow, cancelled);
      expect(running).toMatchObject({ code: 0, said: expect.stringContaining('there is no end yet') });
      await flow.desk.cancel(RunId.parse(cancelled), 'not today', CI);
      await flow.finished(cancelled);
      const stopped = await judge(flow, cancelled);
      expect(stopped.said).toContain('the end was not the judge’s: its run was stopped: not today');
      expect(stopped.code).toBe(0);

      const frozen = await enqueue(flow, 5);
      await flow.recorded(frozen, 'canary_tick');
      const order = { caller: { tokenId: 'a', name: 'ada', person: 'ada', scopes: ['admin'] }, reason: 'incident 12' };
      await flow.fleet.freeze(flow.service, order);
      expect(await flow.finished(frozen)).toMatchObject({ outcome_reason: 'frozen' });
      const { code, said } = await judge(flow, frozen);
      expect(said).toContain('on the record: no verdict of the judge');
      expect(said).toMatch(/the end was not the judge’s: a freeze took it out of traffic: .*ada, incident 12/);
      expect(code).toBe(0);
    }, ENDLESS));

  it.concurrent('that was held, extended, held again, and let go by a person or by nobody', () =>
    withFlow(async (flow) => {
      const extended = async (pr: number) => {
        const id = await enqueue(flow, pr);
        await flow.recorded(id, 'escalated', 0);
        await decide(flow, id, 'extend');
        await flow.recorded(id, 'escalated', 1);
        return id;
      };
      const expired = await extended(6);
      await expireQuestion(flows.ground.db, flows.ground.audit, await flow.run(expired), 'canary', 1);
      expect(await flow.finished(expired)).toMatchObject({ outcome: 'rolled_back' });
      const late = await judge(flow, expired);
      expect(late.said).toContain('the end was not the judge’s: nobody decided in time');
      expect(late.code).toBe(0);

      const approved = await extended(7);
      await decide(flow, approved, 'approve');
      expect(await flow.finished(approved)).toMatchObject({ outcome: 'deployed' });
      const { code, said } = await judge(flow, approved);
      expect(said).toMatch(/^CONTINUE at tick \d+: no proof of health after 2 windows/);
      expect(said).toContain('on the record: no verdict of the judge');
      expect(said).toMatch(/what was said at each of \d+ tick\(s\) while it ran: the same/);
      expect(said).toContain('the end was not the judge’s: a person decided: mara decided to promote it');
      expect(code).toBe(0);
    }, HELD));
});
