import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutText, isSafeIdentifier, sanitiseJson, sanitiseText } from '../../../src/audit/safe-text.ts';

const R = '\ufffd';
const RLO = '\u202e';

test.each([
  ['a\u0000b', `a${R}b`],
  ['a\u001b[31mb', `a${R}[31mb`],
  ['a\u009b31mb', `a${R}31mb`],
  ['a\r\nb', `a${R}\nb`],
  [`x${RLO}y\u2066z`, `x${R}y${R}z`],
  ['a\ud800b', `a${R}b`],
  ['\udc00', R],
])('replaces what is unsafe in %j', (text, safe) => {
  expect(sanitiseText(text)).toBe(safe);
});

test('leaves good text as it is: line feeds, tabs, every script, whole surrogate pairs', () => {
  const text = 'a\tb\nc ünïcode עברית 漢字 😀 \u200d';
  expect(sanitiseText(text)).toBe(text);
});

test('whatever comes in, what comes out is well-formed and free of controls', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((u) => String.fromCharCode(u)) }), (text) => {
      const safe = sanitiseText(text);
      expect(Buffer.from(safe, 'utf8').toString('utf8')).toBe(safe);
      expect(isSafeIdentifier(safe.replaceAll(/[\t\n\u2028\u2029]/g, ''))).toBe(true);
    }),
  );
});

test.each(['a\nb', 'a\tb', 'a\u2028b', `a${RLO}b`, 'a\u0085b', '\ud800'])('an identifier may not hold %j', (text) => {
  expect(isSafeIdentifier(text)).toBe(false);
});

test('cuts with an ellipsis and never through a character', () => {
  expect(cutText('abcdef', 6)).toBe('abcdef');
  expect(cutText('abcdefg', 6)).toBe('abcde…');
  expect(cutText('abcd😀fg', 6)).toBe('abcd…');
});

test('cleans every string of a JSON value, names too, and loses no member', () => {
  const dirty = JSON.parse('{"a\\u0000":"x\\u202e","a\\u0001":2,"nested":[{"b":"\\ud800"}],"__proto__":{"k":1}}');
  const { value, changed } = sanitiseJson(dirty);
  expect(changed).toBe(true);
  expect(Object.entries(Object(value))).toEqual([
    [`a${R}`, `x${R}`],
    [`a${R}${R}`, 2],
    ['nested', [{ b: R }]],
    [`__proto__${R}`, { k: 1 }],
  ]);
});

test('says when there was nothing to clean', () => {
  const clean = { a: ['b', 1, null, true], c: {} };
  expect(sanitiseJson(clean)).toEqual({ value: clean, changed: false });
});
