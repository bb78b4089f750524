import { expect, test } from 'vitest';
import { printable, printableLine } from '../../../src/http/pages/printable.ts';

test.each([
  ['an ANSI escape', '\u001b[31mred', '‹U+001B›[31mred'],
  ['a right-to-left override', 'safe\u202Egnp.exe', 'safe‹U+202E›gnp.exe'],
  ['an isolate', '\u2066x\u2069', '‹U+2066›x‹U+2069›'],
  ['a zero-width space', 'pay\u200Bpal', 'pay‹U+200B›pal'],
  ['a tag character', 'a\u{E0041}', 'a‹U+E0041›'],
  ['a lone surrogate', 'a\uD800b', 'a‹U+D800›b'],
  ['a line separator', 'a\u2028b', 'a‹U+2028›b'],
  ['a bell and a C1 control', '\u0007\u009b', '‹U+0007›‹U+009B›'],
  ['a carriage return, which hides what stands before it', 'evil\rgood', 'evil‹U+000D›good'],
])('shows %s by its code point', (_what, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('leaves ordinary text of any language alone, with newlines and tabs', () => {
  const text = 'Zürich 日本語 עברית 👩‍👩‍👧 a\tb\nc';
  expect(printable(text)).toBe(text);
});

test('one line stays one line', () => {
  expect(printableLine('a\r\nb\tc')).toBe('a ⏎ b ⏎ c');
});
