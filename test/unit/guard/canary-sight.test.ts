import { expect, it } from 'vitest';
import type { Event } from '../../../src/audit/entry.ts';
import { phaseOf } from '../../../src/guard/canary-sight.ts';
import { recorded } from '../../support/entries.ts';

const on = (...events: (Event | [Event, Record<string, number>])[]) =>
  events.map((event, seq) => {
    const [name, payload] = typeof event === 'string' ? [event, {}] : event;
    return recorded(seq, { stage: 'canary', event: name, payload });
  });
const up: [Event, Record<string, number>] = ['canary_weight.completed', { pct: 5 }];
const down: [Event, Record<string, number>] = ['canary_weight.completed', { pct: 0 }];

it.each([
  ['not started', on('canary_deploy.completed'), 'over'],
  ['started, no weight yet', on('canary_started'), 'started'],
  ['its weight is intended: it may have traffic', on('canary_started', 'canary_weight.intended'), 'traffic'],
  ['with traffic', on('canary_started', 'canary_weight.intended', up), 'traffic'],
  [
    'zero is intended and not read back',
    on('canary_started', 'canary_weight.intended', up, 'canary_weight.intended'),
    'traffic',
  ],
  ['at zero, read back', on('canary_started', 'canary_weight.intended', up, down), 'over'],
  ['being promoted', on('canary_started', 'canary_weight.intended', up, 'promotion.intended'), 'promoting'],
  [
    'production',
    on('canary_started', 'canary_weight.intended', up, 'promotion.intended', 'production_release'),
    'over',
  ],
  [
    'zeroed by a guard: its run still has to take it back',
    on('canary_started', 'canary_weight.intended', up, 'guard_zeroed'),
    'traffic',
  ],
] as const)('%s', (_name, entries, phase) => {
  expect(phaseOf(entries)).toBe(phase);
});
