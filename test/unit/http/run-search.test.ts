import { expect, test } from 'vitest';
import { parseSearch } from '../../../src/http/pages/run-search.ts';

const SHA = '3f9c1e07b2d84a6f5c1e90ab77d2e4f6a8b9c0d1';
const RUN = '0123456789abcdef0123456789abcdef';

function filterOf(q: string, state?: string) {
  const search = parseSearch({ q, state });
  if (search.kind !== 'list') throw new Error(`went to ${search.runId}`);
  const { limit: _limit, ...filter } = search.filter;
  return { filter, problem: search.problem };
}

test.each([
  ['', {}],
  ['acme/shop', { repo: 'acme/shop' }],
  ['#42', { pr_number: 42 }],
  ['42', { pr_number: 42 }],
  ['acme/shop#42', { repo: 'acme/shop', pr_number: 42 }],
  ['acme/shop 42', { repo: 'acme/shop', pr_number: 42 }],
  [SHA, { head_sha: SHA }],
  [SHA.toUpperCase(), { head_sha: SHA }],
])('%j searches by what it looks like', (q, filter) => {
  expect(filterOf(q)).toEqual({ filter, problem: null });
});

test('a run id leads straight to the run', () => {
  expect(parseSearch({ q: ` ${RUN} ` })).toEqual({ kind: 'go', runId: RUN });
});

test('a short sha is explained, not searched', () => {
  expect(filterOf('3f9c1e0').problem).toContain('paste all 40 digits');
});

test('anything else is explained with what can be searched by', () => {
  expect(filterOf('hello world').problem).toContain('use owner/name, #42');
});

test.each([
  ['waiting', { status: 'waiting' }],
  ['rolled_back', { outcome: 'rolled_back' }],
  ["' or 1=1", {}],
])('the state %j becomes a known filter or none', (state, filter) => {
  expect(filterOf('', state).filter).toEqual(filter);
});

test('repeated parameters count as absent', () => {
  expect(parseSearch({ q: ['a', 'b'], state: ['waiting'] })).toMatchObject({
    kind: 'list',
    filter: { limit: 30 },
    problem: null,
  });
});
