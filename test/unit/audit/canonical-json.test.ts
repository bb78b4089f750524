import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { canonicalJson, NotCanonical, parseCanonicalJson } from '../../../src/audit/canonical-json.ts';

const LONE_HIGH = '\ud800';
const LONE_LOW = '\udc00';

test.each([
  [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
  [
    { '\u20ac': 'e', '\r': 'cr', '1': 'one', '\u{1f600}': 'smile', '\ufb33': 'dagesh' },
    '{"\\r":"cr","1":"one","\u20ac":"e","\u{1f600}":"smile","\ufb33":"dagesh"}',
  ],
  [[1e21, 1e-7, 0.1, -0, 100, 333333333.3333333], '[1e+21,1e-7,0.1,0,100,333333333.3333333]'],
  ['\u0000\u001f"\\/\u007f\u2028', '"\\u0000\\u001f\\"\\\\/\u007f\u2028"'],
  [{}, '{}'],
])('writes %j as RFC 8785 says', (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test.each([
  ['undefined', undefined, '$: undefined is not a JSON value'],
  ['an undefined member', { a: undefined }, '$.a: undefined is not a JSON value'],
  ['a hole', Object.assign([], { length: 2 }), '$[0]: undefined is not a JSON value'],
  ['a function', { f: () => 1 }, '$.f: function is not a JSON value'],
  ['a symbol', [Symbol('s')], '$[0]: symbol is not a JSON value'],
  ['a bigint', { n: 1n }, '$.n: bigint is not a JSON value'],
  ['NaN', { n: Number.NaN }, '$.n: NaN is not a JSON number'],
  ['Infinity', [Number.POSITIVE_INFINITY], '$[0]: Infinity is not a JSON number'],
  ['a lone surrogate', { a: LONE_HIGH }, '$.a: holds half of a surrogate pair'],
  ['a lone surrogate in a name', { [LONE_LOW]: 1 }, '$: holds half of a surrogate pair'],
  ['a Date', { at: new Date(0) }, '$.at: only plain objects are JSON values'],
  ['a Map', new Map(), '$: only plain objects are JSON values'],
])('refuses %s', (_, value, message) => {
  expect(() => canonicalJson(value)).toThrow(new NotCanonical(message));
});

test('refuses what is nested too deep, and what contains itself, without running out of stack', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  expect(() => canonicalJson(deep)).toThrow('nested deeper than 64 levels');
  const circle: Record<string, unknown> = {};
  circle['again'] = circle;
  expect(() => canonicalJson(circle)).toThrow('nested deeper than 64 levels');
});

test.each([
  ['a doubled name', '{"a":1,"a":2}'],
  ['spaces', '{"a": 1}'],
  ['another order', '{"b":1,"a":2}'],
  ['another spelling of a number', '[1.0]'],
  ['another spelling of a string', '["\\u0041"]'],
  ['a trailing line feed', '[1]\n'],
])('does not take text with %s for canonical', (_, text) => {
  expect(() => parseCanonicalJson(text)).toThrow('not in canonical form');
});

test('says of text that is not JSON that it is not', () => {
  expect(() => parseCanonicalJson('{')).toThrow(new NotCanonical('is not JSON'));
});

test('any JSON value of whole characters survives the round trip with the same bytes', () => {
  const roundTrip = (value: unknown) => canonicalJson(parseCanonicalJson(canonicalJson(value)));
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }), (value) => {
      expect(roundTrip(value)).toBe(canonicalJson(value));
    }),
    { numRuns: 150 },
  );
});

const Vectors = z.object({
  documents: z.array(z.object({ input: z.string(), output_hex: z.string() })),
  numbers: z.array(z.object({ ieee: z.string(), expected: z.string() })),
  reject: z.array(z.object({ kind: z.string(), ieee: z.string().optional(), text: z.string().optional() })),
});

/** The published vectors, where they lie beside the checkout; the cases above stand alone. */
function readVectors(): z.infer<typeof Vectors> {
  const file = new URL('../../../../shared/vectors/jcs-vectors.json', import.meta.url);
  if (!existsSync(file)) return { documents: [], numbers: [], reject: [] };
  return Vectors.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function numberOf(ieee: string): number {
  return Buffer.from(ieee, 'hex').readDoubleBE(0);
}

test('agrees with the published vectors', () => {
  const { documents, numbers, reject } = readVectors();
  for (const { input, output_hex } of documents) {
    expect(Buffer.from(canonicalJson(JSON.parse(input))).toString('hex')).toBe(output_hex);
  }
  for (const { ieee, expected } of [{ ieee: '3ff199999999999a', expected: '1.1' }, ...numbers]) {
    expect(canonicalJson(numberOf(ieee))).toBe(expected);
  }
  for (const { kind, ieee, text } of reject) {
    const attempt = () => {
      if (kind === 'number_ieee') return canonicalJson(numberOf(ieee ?? ''));
      if (kind === 'json_text') return canonicalJson(JSON.parse(text ?? ''));
      return parseCanonicalJson(text ?? '');
    };
    expect(attempt).toThrow(NotCanonical);
  }
});
