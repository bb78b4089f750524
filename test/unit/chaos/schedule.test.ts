import { expect, it } from 'vitest';
import { CRASH_POINTS } from '../../../src/crash-point.ts';
import { type PlannedFault, planChanges, planCrashes, planFaults } from '../../chaos/schedule.ts';

function faults(seed: number, count: number): PlannedFault[] {
  const plan = planFaults(seed);
  return Array.from({ length: count }, () => plan.next().value);
}

it('the seed repeats the schedule, another seed gives another one', () => {
  expect(faults(7, 200)).toEqual(faults(7, 200));
  expect(planChanges(7, 50)).toEqual(planChanges(7, 50));
  expect(faults(8, 200)).not.toEqual(faults(7, 200));
});

it('reaches every kind of fault', () => {
  expect(new Set(faults(1, 4_000).map(({ kind }) => kind)).size).toBe(11);
});

it('orders every crash point before it orders one again, those first at once that few runs pass', () => {
  const plan = planCrashes(3);
  const orders = Array.from({ length: 2 * CRASH_POINTS.length }, () => plan.next().value);
  const round = CRASH_POINTS.length;
  expect(new Set(orders.slice(0, round).map(({ point }) => point)).size).toBe(round);
  expect(new Set(orders.slice(round).map(({ point }) => point)).size).toBe(round);
  const atOnce = orders.filter(({ gapMs }) => gapMs === 0).map(({ point }) => point);
  expect(orders.slice(0, atOnce.length).map(({ point }) => point)).toEqual(atOnce);
  expect(atOnce).toContain('rollback_deploy:before-act');
  expect(atOnce).not.toContain('staging_deploy:before-act');
  expect(new Set(orders.map(({ how }) => how))).toEqual(new Set(['kill', 'stop']));
});

it('has changes of every kind', () => {
  expect(new Set(planChanges(1, 200).map(({ kind }) => kind)).size).toBe(9);
});
