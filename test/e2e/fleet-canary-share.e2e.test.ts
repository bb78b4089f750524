import { describe, expect, it } from 'vitest';
import { TickSample } from '../../src/delivery/judge/tick-sample.ts';
import { StoreDown } from '../../src/errors.ts';
import { RunId, Sha } from '../../src/ids.ts';
import { eventually } from '../support/eventually.ts';
import { CI, person } from '../support/fleet-flow.ts';
import { effectsOf, GOOD, MIGRATION, useFlows } from '../support/flow-cases.ts';

const flows = useFlows();
const { withFlow } = flows;

describe('a canary that gives neither proof nor suspicion', () => {
  it.concurrent('is raised step by step, each an effect of its own on the record, and each tick says what it was to find', () =>
    withFlow(
      async (flow) => {
        flow.target.world.traffic = { requests: 10, errors: 0 };
        const run = await flow.enqueue(29, flow.open(29, GOOD));
        await eventually('it has its largest share', () => flow.target.world.weight === 20, 90_000);
        const steps = (await flow.entries(run.id)).filter(
          ({ entry }) => entry.step === 'step' && entry.event.startsWith('canary_weight'),
        );
        expect(steps.slice(0, 3).map(({ entry }) => [entry.event, entry.payload['pct']])).toEqual([
          ['canary_weight.intended', 10],
          ['canary_weight.completed', 10],
          ['canary_weight.intended', 20],
        ]);
        expect((await flow.finished(run.id)).outcome).toBe('rolled_back');
        const rows = await flows.ground.db
          .selectFrom('slipway.canary_ticks')
          .select('sample')
          .where('run_id', '=', run.id)
          .orderBy('n')
          .execute();
        const intended = rows.map(({ sample }) => TickSample.parse(sample).intended_pct ?? 5);
        expect([...new Set(intended)]).toEqual([5, 10, 20]);
        expect(effectsOf(flow).filter((effect) => effect.startsWith('weight'))).toEqual([
          'weight 5',
          'weight 10',
          'weight 20',
          'weight 0',
        ]);
      },
      {
        config: {
          thresholds: {
            canary_monitoring_duration_min: 0.008,
            canary_max_windows: 1,
            canary_step_up_max_pct: 20,
            canary_min_requests: 1_000_000,
          },
        },
      },
    ));
});

describe('a replica that dies while it raises the share', () => {
  /** Raised once, after the first window, and on hold after the next. */
  const RAISED = {
    config: {
      thresholds: {
        canary_max_windows: 1,
        canary_step_up_max_pct: 10,
        canary_min_requests: 1_000_000_000,
        canary_hold_min: 60,
      },
    },
  };
  const isStep = ({ event, step }: { event: string; step: string }, phase: string) =>
    step === 'step' && event === `canary_weight.${phase}`;
  /** Its successor comes when a whole window is over, so that its first tick finds a hold. */
  const dies = () => {
    throw new StoreDown('postgres');
  };

  it.concurrent.each(['after the intent', 'after the act'])(
    '%s: its outcome stands before anybody is asked',
    (moment) =>
      withFlow(async (flow) => {
        const asked: boolean[] = [];
        let died = false;
        const once = () => {
          if (died) return;
          died = true;
          dies();
        };
        flow.faults.afterAppend = (draft) => {
          if (moment === 'after the intent' && isStep(draft, 'intended')) once();
        };
        flow.faults.beforeAppend = async (draft) => {
          if (moment === 'after the act' && isStep(draft, 'completed')) once();
          if (draft.event !== 'escalated') return;
          const events = (await flow.entries(draft.run_id ?? '')).map(({ entry }) => entry);
          asked.push(events.some((entry) => isStep(entry, 'completed')));
        };
        const { id } = await flow.enqueue(44, flow.open(44, GOOD));
        const { entry } = await flow.recorded(id, 'escalated');
        expect(died).toBe(true);
        expect(entry.payload['canary']).toMatchObject({ kind: 'hold', share_pct: 10 });
        expect(asked).not.toContain(false);
        expect(effectsOf(flow).filter((effect) => effect.startsWith('weight'))).toEqual(['weight 5', 'weight 10']);
        await flow.desk.cancel(RunId.parse(id), 'seen enough', CI);
        await flow.finished(id);
      }, RAISED),
  );

  it.concurrent('and leaves a canary that fails meanwhile: it is raised no more, and that is said before the verdict', () =>
    withFlow(async (flow) => {
      flow.faults.afterAppend = (draft) => {
        if (!isStep(draft, 'intended')) return;
        flow.faults.afterAppend = () => undefined;
        flow.target.world.traffic = { requests: 500, errors: 400 };
        dies();
      };
      const { id } = await flow.enqueue(45, flow.open(45, GOOD));
      // As it comes by itself: cut short, the successor would come within the very tick that raised it.
      expect(await flow.endOf(id)).toMatchObject({ outcome: 'rolled_back', outcome_reason: 'regression' });
      expect(flow.target.world.peakWeight).toBe(5);
      const entries = (await flow.entries(id)).map(({ entry }) => entry);
      const givenUp = entries.findIndex((entry) => isStep(entry, 'unknown'));
      expect(entries[givenUp]).toMatchObject({ rationale: expect.stringContaining('not done any more') });
      expect(givenUp).toBeLessThan(entries.findIndex(({ event }) => event === 'canary_verdict'));
    }, RAISED));
});

it.concurrent('a schema migration takes traffic in steps, and must pass at each of them before it is production', () =>
  withFlow(
    async (flow) => {
      const run = await flow.enqueue(30, flow.open(30, MIGRATION));
      await flow.recorded(run.id, 'escalated');
      const head_sha = Sha.parse((await flow.run(run.id)).head_sha);
      const decision = { decision: 'approve', reason: 'the column has a default', head_sha } as const;
      await flow.desk.decide(RunId.parse(run.id), decision, person('mara'));
      expect(await flow.finished(run.id)).toMatchObject({ outcome: 'deployed' });
      expect(effectsOf(flow).slice(2)).toEqual([
        'deploy canary',
        'weight 5',
        'weight 25',
        'weight 50',
        'promote canary',
      ]);
      const entries = (await flow.entries(run.id)).map(({ entry }) => entry);
      const passed = entries.filter(({ event, outcome }) => event === 'canary_tick' && outcome === 'PASS');
      expect(passed).toHaveLength(3);
      expect(entries.filter(({ event }) => event === 'canary_verdict')).toHaveLength(1);
    },
    {
      config: {
        change_classes: { schema_migration: { canary_steps: [25, 50] } },
        thresholds: { canary_monitoring_duration_min: 0.08, canary_tick_s: 0.3 },
      },
    },
  ));
