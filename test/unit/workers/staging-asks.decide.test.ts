import { expect, it } from 'vitest';
import type { MigrationCheck } from '../../../src/delivery/migration-check.ts';
import { checksOwed, decideAsks } from '../../../src/workers/staging/staging-asks.decide.ts';

const review = (schema: boolean | null, integration: boolean | null) => ({
  facts: { schema_changes_detected: schema, new_service_integration: integration },
});
const ALL = { migrations: true, contracts: 1 };
const NONE = { migrations: false, contracts: 0 };
const check = (outcome: MigrationCheck['outcome']): MigrationCheck => ({
  outcome,
  text: `it ${outcome}`,
  steps: [],
  differences: [],
  lock: null,
  schema: null,
});
const codes = (...args: Parameters<typeof decideAsks>) => decideAsks(...args).map(({ code }) => code);

it('owes nothing for a change without schema changes and integrations', () => {
  expect(checksOwed(review(false, false), NONE)).toEqual({ migrations: 'none', contracts: 'none' });
  expect(codes({ migrations: 'none', contracts: 'none' }, null, false)).toEqual([]);
});

it.each([
  ['true', review(true, true)],
  ['unknown', review(null, null)],
  ['not on the record', {}],
])('owes both where the facts are %s', (_what, facts) => {
  expect(checksOwed(facts, ALL)).toEqual({ migrations: 'run', contracts: 'none' });
  expect(checksOwed(facts, NONE)).toEqual({ migrations: 'undeclared', contracts: 'undeclared' });
});

it('puts to a person what nobody declared, unless one let the change through its review', () => {
  const owed = checksOwed(review(true, true), NONE);
  expect(codes(owed, null, false)).toEqual(['migration_undeclared', 'contracts_undeclared']);
  expect(codes(owed, null, true)).toEqual([]);
});

it('puts to a person what failed or was not tried, whoever approved before', () => {
  const owed = checksOwed(review(true, false), ALL);
  expect(codes(owed, check('passed'), false)).toEqual([]);
  expect(decideAsks(owed, check('failed'), true)).toEqual([{ code: 'migration_failed', text: 'it failed' }]);
  expect(codes(owed, check('not_run'), true)).toEqual(['migration_not_run']);
  expect(codes(owed, null, true)).toEqual(['migration_not_run']);
});
