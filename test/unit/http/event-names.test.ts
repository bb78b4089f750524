import { expect, test } from 'vitest';
import { EFFECTS, EVENTS, Event } from '../../../src/audit/entry.ts';
import { EVENT_STREAM_NAMES, eventName } from '../../../src/http/event-names.ts';

test('the three events that others listen for carry the known names', () => {
  expect(eventName('run_enqueued')).toBe('pr.opened');
  expect(eventName('review_evaluation')).toBe('review.complete');
  expect(eventName('staging_validation')).toBe('staging.validated');
});

test('every event of the record has a name of its own', () => {
  const names = Event.options.map((event) => eventName(event));
  expect(new Set(names).size).toBe(EVENTS.length + EFFECTS.length * 4);
  expect(new Set(names)).toEqual(new Set(EVENT_STREAM_NAMES));
});

test('a name is one line of safe characters, as the stream needs it', () => {
  for (const name of EVENT_STREAM_NAMES) expect(name).toMatch(/^[a-z]+(\.[a-z_]+)+$/);
});

test('what the canary and the release do is found under their prefix', () => {
  expect(eventName('canary_tick')).toBe('canary.tick');
  expect(eventName('canary_weight.intended')).toBe('canary.weight.intended');
  expect(eventName('autonomous_rollback')).toBe('canary.rolled_back');
  expect(eventName('production_release')).toBe('release.deployed');
  expect(eventName('promotion.failed')).toBe('release.promotion.failed');
});
