import { describe, expect, test } from 'vitest';
import { ZodError } from 'zod';
import { canonicalJson } from '../../../src/audit/canonical-json.ts';
import { parseEntry, remember } from '../../../src/audit/known-entries.ts';
import { recorded } from '../../support/entries.ts';

const textOf = (rationale: string, payload = {}) =>
  canonicalJson(recorded(1, { event: 'canary_tick', stage: 'canary', rationale, payload }).entry);

describe('an entry that was read before', () => {
  test('is the same object, which nobody can change', () => {
    const first = parseEntry(textOf('read twice', { numbers: { errors: 1 } }));
    expect(parseEntry(textOf('read twice', { numbers: { errors: 1 } }))).toBe(first);
    expect(() => Object.assign(first.payload['numbers'] as object, { errors: 0 })).toThrow(TypeError);
  });

  test('is what was written, without being parsed', () => {
    const { entry } = recorded(1, { event: 'canary_tick', stage: 'canary', rationale: 'written here' });
    const body = canonicalJson(entry);
    expect(remember(body, entry)).toBe(entry);
    expect(parseEntry(body)).toBe(entry);
  });

  test('is never taken for a text that was changed since, however little', () => {
    const body = textOf('the errors were 41 of 500');
    parseEntry(body);
    expect(parseEntry(body.replace('41 of', '40 of')).rationale).toBe('the errors were 40 of 500');
    expect(() => parseEntry(body.replace('"v":1', '"v":2'))).toThrow(ZodError);
    expect(() => parseEntry(body.replace('"v":1', '"v":2'))).toThrow(ZodError);
    expect(() => parseEntry(body.slice(1))).toThrow(SyntaxError);
  });

  test('is forgotten when much else was read since; what is asked for all the time stays', () => {
    const old = parseEntry(textOf('old'));
    const used = parseEntry(textOf('used'));
    for (let n = 0; n < 200; n++) {
      parseEntry(textOf(`other ${n}`, { text: 'x'.repeat(60_000) }));
      expect(parseEntry(textOf('used'))).toBe(used);
    }
    expect(parseEntry(textOf('old'))).not.toBe(old);
    expect(parseEntry(textOf('old'))).toEqual(old);
  });
});
