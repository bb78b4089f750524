import { expect, test } from 'vitest';
import type { Stage } from '../../../src/audit/entry.ts';
import { makeTimeline } from '../../../src/http/pages/stage-timeline.ts';
import type { Run } from '../../../src/store/tables.ts';
import { makeFakeDesk } from '../../support/fake-desk.ts';
import { makeContextPackage } from '../../support/http-seeds.ts';

type Step = [event: Parameters<ReturnType<typeof makeFakeDesk>['append']>[1]['event'], stage: Stage, outcome: string];

async function statesOf(run: Partial<Run>, steps: readonly Step[], asked?: { stage: Stage; decision: string | null }) {
  const desk = makeFakeDesk();
  const { id } = desk.seed(run);
  for (const [event, stage, outcome] of steps) desk.append(id, { event, stage, outcome });
  if (asked) desk.escalate(id, asked.stage, makeContextPackage(), { decision: asked.decision });
  const view = await desk.view(id as never);
  if (!view) throw new Error('no view');
  return makeTimeline(view.run, view.entries, view.escalations).map((step) => `${step.tone}: ${step.state}`);
}

const REVIEWED: Step = ['review_evaluation', 'review', 'automated'];
const TESTED: Step = ['test_generation', 'test-gen', 'kept'];
const STAGED: Step = ['staging_validation', 'staging', 'passed'];

test('a run that just began', async () => {
  expect(await statesOf({ status: 'queued', stage: 'review' }, [])).toEqual([
    'idle: Queued',
    'idle: Not yet',
    'idle: Not yet',
    'idle: Not yet',
    'idle: Not yet',
  ]);
});

test('a run in its canary', async () => {
  const states = await statesOf({ status: 'running', stage: 'canary' }, [
    REVIEWED,
    TESTED,
    STAGED,
    ['canary_started', 'canary', 'started'],
  ]);
  expect(states).toEqual(['good: Reviewed', 'good: Passed', 'good: Passed', 'busy: Running', 'idle: Not yet']);
});

test('a deployed run, its tests skipped', async () => {
  const steps: Step[] = [
    REVIEWED,
    ['test_generation', 'test-gen', 'skipped'],
    STAGED,
    ['canary_verdict', 'canary', 'PASS'],
    ['production_release', 'release', 'deployed'],
    ['run_finished', 'release', 'deployed'],
  ];
  expect(await statesOf({ status: 'finished', outcome: 'deployed' }, steps)).toEqual([
    'good: Reviewed',
    'idle: Skipped',
    'good: Passed',
    'good: Passed',
    'good: Released',
  ]);
});

test('a canary that failed is rolled back, whatever the order of its entries', async () => {
  const steps: Step[] = [
    REVIEWED,
    TESTED,
    STAGED,
    ['canary_verdict', 'canary', 'FAIL'],
    ['autonomous_rollback', 'canary', 'errors'],
    ['run_finished', 'release', 'rolled_back'],
  ];
  expect(await statesOf({ status: 'finished', outcome: 'rolled_back' }, steps)).toEqual([
    'good: Reviewed',
    'good: Passed',
    'good: Passed',
    'bad: Rolled back',
    'idle: Not released',
  ]);
});

test('an inconclusive verdict is no pass', async () => {
  const states = await statesOf({ status: 'running', stage: 'canary' }, [['canary_verdict', 'canary', 'INCONCLUSIVE']]);
  expect(states[3]).toBe('bad: No pass');
});

test('staging that refused ends the road', async () => {
  const steps: Step[] = [
    REVIEWED,
    TESTED,
    ['staging_rejection', 'staging', 'smoke_failed'],
    ['run_finished', 'release', 'blocked'],
  ];
  expect(await statesOf({ status: 'finished', outcome: 'blocked' }, steps)).toEqual([
    'good: Reviewed',
    'good: Passed',
    'bad: Failed',
    'idle: Not reached',
    'idle: Not released',
  ]);
});

test('an open question waits for a person', async () => {
  const states = await statesOf({ status: 'waiting', stage: 'review' }, [REVIEWED], {
    stage: 'review',
    decision: null,
  });
  expect(states[0]).toBe('wait: Waits for a person');
});

test.each([
  ['approve', 'good: Approved'],
  ['reject', 'bad: Rejected'],
  ['expired', 'bad: Expired'],
])('a question that was answered %s', async (decision, state) => {
  const states = await statesOf({ status: 'running', stage: 'release' }, [REVIEWED], { stage: 'review', decision });
  expect(states[0]).toBe(state);
});

test('a run stopped in the middle of a stage', async () => {
  const steps: Step[] = [
    REVIEWED,
    ['staging_deploy.intended', 'staging', 'intended'],
    ['run_finished', 'release', 'cancelled'],
  ];
  expect((await statesOf({ status: 'finished', outcome: 'cancelled' }, steps))[2]).toBe('idle: Stopped');
});
