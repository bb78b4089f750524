import { expect, test } from 'vitest';
import { z } from 'zod';
import { InputError, StoreDown } from '../../../src/errors.ts';
import { decisionProblem } from '../../../src/http/decision-problem.ts';
import { parseInput } from '../../../src/http/parse-input.ts';
import { problemOf } from '../../../src/http/problem-of.ts';
import { EnqueueRequest } from '../../../src/runs/run-desk.ts';

function problemsOf(value: unknown) {
  try {
    parseInput(EnqueueRequest, value);
    return [];
  } catch (error) {
    return error instanceof InputError ? error.problems : [error];
  }
}

test('every field that is wrong is named, with what to do', () => {
  const problems = problemsOf({ repo: 'nonsense', pr_number: '7', sha: 'x', author: 'ada' });
  expect(problems).toEqual([
    { field: 'repo', problem: 'must be owner/name' },
    { field: 'pr_number', problem: 'must be a number' },
    { field: 'head_sha', problem: 'is missing', fix: 'send a string' },
    {
      field: 'sha',
      problem: 'is not known here',
      fix: expect.stringContaining('known fields are repo, service, pr_number, head_sha'),
    },
  ]);
});

test('a body that is no object is named as the body', () => {
  expect(problemsOf(undefined)).toEqual([{ field: 'body', problem: 'is missing', fix: 'send an object' }]);
});

test('a closed list says its words', () => {
  expect(() => parseInput(z.object({ decision: z.enum(['approve', 'reject']) }), { decision: 'maybe' })).toThrow(
    'decision: is not one of the known values (use approve, reject)',
  );
});

test('what we did not foresee says nothing of its inside', () => {
  const problem = problemOf(new Error('password=hunter2 at /srv/slipway'), 'abc');
  expect(problem).toMatchObject({ status: 500, code: 'internal', request_id: 'abc' });
  expect(JSON.stringify(problem)).not.toMatch(/hunter2|srv/);
});

test('a store that is away is 503, not a fault of the caller', () => {
  expect(problemOf(new StoreDown('postgres'), undefined)).toMatchObject({ status: 503, code: 'store_down' });
});

test('an input error keeps its status, but can never become a success or a crash', () => {
  expect(problemOf(new InputError([{ field: 'repo', problem: 'unknown' }], 404), undefined)).toMatchObject({
    status: 404,
    code: 'not_found',
    errors: [{ field: 'repo' }],
  });
  expect(problemOf(new InputError([{ field: 'repo', problem: 'unknown' }], 200), undefined).status).toBe(400);
});

test.each([
  [{ kind: 'too_late', stored: 'reject', by: 'mara' }, 409, 'too_late'],
  [{ kind: 'refused', why: 'not_waiting', detail: 'x' }, 409, 'not_waiting'],
  [{ kind: 'refused', why: 'stale_head', detail: 'x' }, 409, 'stale_head'],
  [{ kind: 'refused', why: 'already_approved', detail: 'x' }, 409, 'already_approved'],
  [{ kind: 'refused', why: 'not_a_person', detail: 'x' }, 403, 'not_a_person'],
  [{ kind: 'refused', why: 'wrote_the_change', detail: 'x' }, 403, 'wrote_the_change'],
] as const)('a decision that does not stand: %j', (result, status, code) => {
  expect(decisionProblem(result)).toMatchObject({ status, code });
});
