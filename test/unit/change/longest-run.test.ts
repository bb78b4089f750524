import { expect, test } from 'vitest';
import { longestRun } from '../../../src/change/facts/longest-run.ts';

test('the longest run of key-shaped text, and the longest that holds a digit', () => {
  expect(longestRun('')).toEqual({ any: 0, withDigit: 0 });
  expect(longestRun('  . ')).toEqual({ any: 0, withDigit: 0 });
  expect(longestRun('const longIdentifier = a1')).toEqual({ any: 14, withDigit: 2 });
  expect(longestRun('a+b/c-d_e9')).toEqual({ any: 10, withDigit: 10 });
  expect(longestRun('é9é'), 'a letter beyond ASCII ends a run').toEqual({ any: 1, withDigit: 1 });
  expect(longestRun('9"abc'), 'a digit counts for its own run only').toEqual({ any: 3, withDigit: 1 });
});
