import { describe, expect, it } from 'vitest';
import type { DecidedRun } from '../../../src/policy/decided-run.ts';
import { makeSimulation } from '../../../src/policy/simulate.ts';
import { makeFacts } from '../../support/change-facts.ts';
import { makeDecidedRun, over } from '../../support/decided-run.ts';
import { makePolicyCase, makeSettings } from '../../support/policy-case.ts';

const simulate = (runs: readonly DecidedRun[], settingsOf: Parameters<typeof makeSimulation>[0]) =>
  over(makeSimulation(settingsOf), runs);

const asked = (score: number, over: object = {}) =>
  makeDecidedRun({ score, case: makePolicyCase({ score }), route: 'human', reasons: ['risk_score'], ...over });

describe('recorded changes under another policy', () => {
  it('go the way they went under the same one', () => {
    const runs = [makeDecidedRun(), asked(8, { outcome: 'rejected', decision: 'reject' })];
    expect(simulate(runs, () => makeSettings())).toMatchObject({
      runs: 2,
      replayed: 2,
      moved: [],
      let_through: 0,
      asked_in_vain: 0,
      asked: { before: { count: 1, of: 2 }, after: { count: 1, of: 2 } },
    });
  });

  it('are asked about when it is stricter, and what had been fine is counted', () => {
    const fine = makeDecidedRun({ score: 4, case: makePolicyCase({ score: 4 }) });
    const bad = makeDecidedRun({ score: 4, case: makePolicyCase({ score: 4 }), outcome: 'rolled_back' });
    const stricter = makeSettings({ own: { risk_score_max: 3 } });
    const result = simulate([fine, bad, makeDecidedRun()], () => stricter);
    expect(result.moved.map(({ id, from, to, reasons }) => [id, from, to, reasons])).toEqual([
      [fine.id, 'automated', 'human', ['risk_score']],
      [bad.id, 'automated', 'human', ['risk_score']],
    ]);
    expect(result).toMatchObject({ asked_in_vain: 1, let_through: 0 });
    expect(result.reasons).toEqual([{ code: 'risk_score', before: 0, after: 2 }]);
  });

  it('are let through when it is looser, and what a person had rejected is counted', () => {
    const facts = makeFacts({ dependency_changes: true });
    const over = { route: 'human', reasons: ['dependency_changes'] } as const;
    const rejected = makeDecidedRun({
      ...over,
      case: makePolicyCase({ facts }),
      outcome: 'rejected',
      decision: 'reject',
    });
    const expired = makeDecidedRun({
      ...over,
      case: makePolicyCase({ facts }),
      outcome: 'rejected',
      decision: 'expired',
    });
    const result = simulate([rejected, expired], () => makeSettings());
    expect(result.moved.map(({ to, decision }) => [to, decision])).toEqual([
      ['automated', 'reject'],
      ['automated', 'expired'],
    ]);
    expect(result.let_through).toBe(1);
    expect(result.unproven).toBe(0);
    const unasked = makeDecidedRun({ ...over, case: makePolicyCase({ facts }), sceptic_asked: false });
    expect(simulate([unasked], () => makeSettings()).unproven, 'nobody tried to refute it').toBe(1);
  });

  it('that cannot be replayed are counted with the reason, never guessed', () => {
    const result = simulate([makeDecidedRun({ case: null }), makeDecidedRun({ service: 'gone' })], (service) =>
      service === 'gone' ? null : makeSettings(),
    );
    expect(result).toMatchObject({ runs: 2, replayed: 0, asked: { after: { rate: null } } });
    expect(result.skipped).toEqual([
      { why: 'not all that was decided on is on the record', runs: 1 },
      { why: 'the service is not in this policy', runs: 1 },
    ]);
  });
});
