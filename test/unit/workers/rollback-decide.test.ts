import { expect, test } from 'vitest';
import { digestOf } from '../../../src/ids.ts';
import { decideRollback } from '../../../src/workers/rollback.decide.ts';

const [bad, good, other] = [digestOf('bad'), digestOf('good'), digestOf('other')];
const facts = { releasedArtifact: bad, previous: good, production: bad, begun: false };

test('what ran before is deployed while the release is what runs', () => {
  expect(decideRollback(facts)).toEqual({ kind: 'deploy', version: good });
});

test('what runs already is not deployed again', () => {
  expect(decideRollback({ ...facts, production: good })).toMatchObject({ kind: 'done' });
});

test('a switch that was begun is read back, so that it has an outcome before the rollback ends', () => {
  expect(decideRollback({ ...facts, production: good, begun: true })).toEqual({ kind: 'promote', version: good });
});

test('production that is neither of the two is left alone', () => {
  for (const production of [other, null])
    expect(decideRollback({ ...facts, production })).toMatchObject({ kind: 'refuse', why: 'production_moved' });
});

test('without a version before there is nothing to go back to', () => {
  for (const previous of [null, bad])
    expect(decideRollback({ ...facts, previous })).toMatchObject({ kind: 'refuse', why: 'no_previous_version' });
});
