import { expect, it } from 'vitest';
import { CRASH_POINTS, parseCrashOrder } from '../../../src/crash-point.ts';
import { type PlannedFault, planChanges, planFaults } from '../../chaos/schedule.ts';

function faults(seed: number, count: number): PlannedFault[] {
  const plan = planFaults(seed);
  return Array.from({ length: count }, () => plan.next().value);
}

it('the seed repeats the schedule, another seed gives another one', () => {
  expect(faults(7, 200)).toEqual(faults(7, 200));
  expect(planChanges(7, 50)).toEqual(planChanges(7, 50));
  expect(faults(8, 200)).not.toEqual(faults(7, 200));
});

it('reaches every kind of fault and every crash point, with orders that a process understands', () => {
  const many = faults(1, 4_000);
  expect(new Set(many.map(({ kind }) => kind)).size).toBe(12);
  const orders = many.flatMap((fault) => (fault.kind === 'crash' ? [parseCrashOrder(fault.order)] : []));
  expect(orders).not.toContain(undefined);
  expect(new Set(orders.map((order) => order?.point)).size).toBe(CRASH_POINTS.length);
  expect(new Set(orders.map((order) => order?.how))).toEqual(new Set(['kill', 'stop']));
});

it('sets every crash point before it sets one again', () => {
  const points = faults(3, 1_000).flatMap((fault) =>
    fault.kind === 'crash' ? [parseCrashOrder(fault.order)?.point] : [],
  );
  const round = CRASH_POINTS.length;
  expect(new Set(points.slice(0, round)).size).toBe(round);
  expect(new Set(points.slice(round, 2 * round)).size).toBe(round);
});

it('has changes of every kind', () => {
  expect(new Set(planChanges(1, 200).map(({ kind }) => kind)).size).toBe(5);
});
