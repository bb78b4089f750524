import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { RunId } from '../../src/ids.ts';
import { sweep } from '../../src/runs/sweep.ts';
import { readLease } from '../../src/store/leases.ts';
import { CI, type Flow } from '../support/fleet-flow.ts';
import { GOOD, MIGRATION, useFlows } from '../support/flow-cases.ts';

const flows = useFlows();
const { withFlow } = flows;

/** Every question that these tests put is past its deadline then. */
const later = () => new Date(Date.now() + 100 * 3_600_000);
const decisions = async (flow: Flow, id: string) =>
  (await flow.entries(id)).filter(({ entry }) => entry.event === 'human_decision');

// One after the other: a sweep looks at the questions of every run there is.
describe('a sweeper that was stopped while it expired a question and wakes up', () => {
  const HELD = {
    config: { thresholds: { canary_min_requests: 1_000_000_000, canary_max_windows: 1, canary_hold_min: 60 } },
  };

  it('leaves that of a canary whose lease went on; the next one expires it under the lease as it is', () =>
    withFlow(async (flow) => {
      const name = `canary:${flow.service}`;
      const { id } = await flow.enqueue(1, flow.open(1, GOOD));
      await flow.recorded(id, 'escalated');
      const refused: unknown[] = [];
      flow.faults.beforeAppend = async ({ event, payload }) => {
        if (event !== 'human_decision' || refused.length > 0) return;
        refused.push(payload['fence']);
        await flows.ground.db
          .updateTable('slipway.leases')
          .set({ token: sql<string>`token + 1` })
          .where('name', '=', name)
          .execute();
      };
      await flow.sweepNow(later());
      expect(refused).toEqual([expect.stringMatching(/^\d+$/)]);
      expect(await decisions(flow, id)).toEqual([]);
      expect((await flow.desk.view(RunId.parse(id)))?.escalations).toMatchObject([{ decision: null }]);

      const token = (await readLease(flows.ground.db, name))?.token;
      await flow.sweepNow(later());
      expect(await flow.finished(id)).toMatchObject({ outcome: 'rolled_back' });
      expect(await decisions(flow, id)).toMatchObject([
        { entry: { outcome: 'expired', payload: { lease: name, fence: token } } },
      ]);
      expect(token).not.toBe(refused[0]);
    }, HELD));

  it('decides nothing about a run that ended meanwhile', () =>
    withFlow(async (flow) => {
      const { id } = await flow.enqueue(2, flow.open(2, MIGRATION));
      await flow.recorded(id, 'escalated');
      const { db, audit, log } = flows.ground;
      let ended = false;
      const asleep: typeof audit = {
        ...audit,
        async find(key) {
          if (key.event === 'human_decision' && key.run_id === id && !ended) {
            ended = true;
            await flow.desk.cancel(RunId.parse(id), 'not needed', CI);
            await flow.finished(id);
          }
          return audit.find(key);
        },
      };
      await sweep({ db, audit: asleep, queues: flow.queues, config: flow.config, log }, later());
      expect(ended).toBe(true);
      expect(await decisions(flow, id)).toEqual([]);
      expect((await flow.events(id)).at(-1)).toBe('run_finished');
    }));
});
