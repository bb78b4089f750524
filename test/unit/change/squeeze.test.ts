import { expect, test } from 'vitest';
import { squeeze } from '../../../src/change/facts/compare-items.ts';

test.each([
  ['ALTER  TABLE\n  Orders ;', 'alter table orders'],
  ['add_column( "a" , `b`,\n)', "add_column('a','b')"],
  ['[ 1, 2, ]', '[1,2]'],
  ['a : b = c', 'a:b=c'],
  ['varchar (10)', 'varchar(10)'],
  ['a\u3000b', 'a b'],
  ['  ', ''],
])('%j and what a formatter makes of it have one key', (text, key) => {
  expect(squeeze(text)).toBe(key);
});

test('what differs in words keeps two keys', () => {
  expect(squeeze('drop column a')).not.toBe(squeeze('drop columna'));
  expect(squeeze('f(a, b)')).not.toBe(squeeze('f(ab)'));
});
