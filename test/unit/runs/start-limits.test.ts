import { expect, it } from 'vitest';
import type { Entry } from '../../../src/audit/entry.ts';
import { SlipwayFile } from '../../../src/config/schema.ts';
import { readStartLimits } from '../../../src/runs/start-limits.ts';
import { recorded } from '../../support/entries.ts';

const started = (payload: Entry['payload']) =>
  recorded(1, { stage: 'canary', step: 'start', event: 'canary_started', payload });

it('reads the limits that a canary was started with; those that are newer than its entry have their defaults', () => {
  const limits = SlipwayFile.parse({ thresholds: { canary_tick_s: 3, canary_metrics_zero_s: 90 } }).thresholds;
  expect(readStartLimits(started({ limits }))).toEqual(limits);
  const { canary_gate_min, canary_metrics_freeze_s, canary_metrics_zero_s, ...older } = limits;
  expect(readStartLimits(started({ limits: older }))).toEqual({
    ...older,
    canary_gate_min: 60,
    canary_metrics_freeze_s: 60,
    canary_metrics_zero_s: 180,
  });
  expect(canary_gate_min).toBe(60);
  expect(canary_metrics_freeze_s).toBe(60);
  expect(canary_metrics_zero_s).toBe(90);
});

it('knows none where the entry holds none that it understands', () => {
  expect(readStartLimits(started({}))).toBeNull();
  expect(readStartLimits(started({ limits: { canary_tick_s: 'often' } }))).toBeNull();
});
