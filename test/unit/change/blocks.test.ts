import { expect, test } from 'vitest';
import { makeBlockAt, makeBlockEnds } from '../../../src/change/facts/compare-items.ts';

test('the end of a block of any length is found, strings stepped over', () => {
  const code = `class A { b = "}"; c() { ${'x;'.repeat(30_000)} } } rest`;
  expect(code.slice(makeBlockEnds(code)(code.indexOf('{')))).toBe(' rest');
});

test('blocks that never close get a few passes over the text together, and then nothing', () => {
  const code = '{'.repeat(100);
  const endOf = makeBlockEnds(code);
  const read = Array.from({ length: 100 }, (_, open) => endOf(open) - open);
  expect(read.reduce((sum, chars) => sum + chars, 0)).toBe(800);
  expect(read.at(-1)).toBe(0);
});

test('the innermost block around a place is told, also behind one that has ended', () => {
  const [outer, first, second] = [
    { at: 0, end: 100 },
    { at: 10, end: 20 },
    { at: 30, end: 50 },
  ];
  const blockAt = makeBlockAt([outer, first, second]);
  expect([5, 15, 25, 40, 50, 99, 100].map(blockAt)).toEqual([outer, first, outer, second, outer, outer, undefined]);
});
