import { expect, test } from 'vitest';
import { decideMayDecide, explainMayNot } from '../../../src/http/pages/may-decide.ts';
import type { Caller } from '../../../src/runs/caller.ts';

type Question = Parameters<typeof decideMayDecide>[1];

const now = new Date('2026-11-23T12:00:00.000Z');
const grace: Caller = { tokenId: 't', name: 'grace', person: 'grace', scopes: ['read', 'decide'] };

function question(over: Partial<Question> = {}): Question {
  return { excluded_approvers: ['ada'], approvals: [], deadline_at: new Date(now.getTime() + 1), ...over };
}

test('a person with the scope who had no hand in it may decide', () => {
  expect(decideMayDecide(grace, question(), now)).toEqual({ kind: 'may' });
});

test('admin stands for the scope, not for the person', () => {
  expect(decideMayDecide({ ...grace, scopes: ['admin'] }, question(), now)).toEqual({ kind: 'may' });
  expect(decideMayDecide({ ...grace, scopes: ['admin'], person: null }, question(), now)).toEqual({
    kind: 'may_not',
    why: 'not_a_person',
  });
});

test.each([
  ['no_scope', { ...grace, scopes: ['read', 'enqueue'] }, question(), 'scope "decide"'],
  ['not_a_person', { ...grace, person: null }, question(), 'names you'],
  ['wrote_the_change', { ...grace, person: 'ada' }, question(), 'somebody else has to decide'],
  ['already_approved', grace, question({ approvals: ['grace'] }), 'another person'],
  ['past_deadline', grace, question({ deadline_at: now }), 'expired'],
] as const)('refuses with %s and says what helps', (why, caller, escalation, words) => {
  expect(decideMayDecide(caller, escalation, now)).toEqual({ kind: 'may_not', why });
  expect(explainMayNot(why, caller)).toContain(words);
});
