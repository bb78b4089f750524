import { describe, expect, it } from 'vitest';
import type { DecidedRun } from '../../../src/policy/decided-run.ts';
import { makeGateSample, type SampledRun } from '../../../src/policy/gate-sample.ts';
import { makeFacts } from '../../support/change-facts.ts';
import { makeDecidedRun, over } from '../../support/decided-run.ts';
import { makePolicyCase } from '../../support/policy-case.ts';

const AUTHORS = ['ada', 'ben', 'cyd', 'dee'];
const DAY_MS = 86_400_000;
const on = (day: number) => new Date(Date.UTC(2026, 10, 1 + day, 9));

/** `n` pull requests of four people, over ten days, of which nobody was asked about any. */
const steady = (n: number, run: Partial<DecidedRun> = {}) =>
  Array.from({ length: n }, (_, i) =>
    makeDecidedRun({ author: AUTHORS[i % 4] ?? 'ada', created_at: on(i % 10), ...run }),
  );
const asked = (n: number, run: Partial<DecidedRun> = {}) =>
  steady(n, { route: 'human', reasons: ['risk_score'], ...run });

function sample(runs: readonly DecidedRun[], sampled: Partial<SampledRun> = {}) {
  const gate = makeGateSample();
  const add = (run: DecidedRun) =>
    gate.add({ run, author: run.author, isAgent: run.author.endsWith('[bot]'), asksNow: false, ...sampled });
  return over({ add, result: gate.result }, runs);
}

const NOTHING = { by_agents: 0, docs_or_tests: 0, not_ended: 0, of_one_author: 0, of_one_day: 0 };
/** One in four was asked about: what nobody may hide. */
const honest = [...steady(60), ...asked(20)];

describe('what the gate of the rollout is measured on', () => {
  it('is all of what people wrote over the days', () => {
    expect(sample(honest)).toMatchObject({ escalated: { count: 20, of: 80 }, left_out: NOTHING });
  });

  it.each([
    ['the many changes of a bot', steady(500, { author: 'renovate[bot]' }), { by_agents: 500 }],
    [
      'a flood of documents',
      steady(500, { case: makePolicyCase({ facts: makeFacts({ docs_only: true }) }) }),
      { docs_or_tests: 500 },
    ],
    [
      'a flood of tests',
      steady(500, { case: makePolicyCase({ facts: makeFacts({ tests_only: true }) }) }),
      { docs_or_tests: 500 },
    ],
    ['what was begun just before and has not ended', steady(500, { outcome: null }), { not_ended: 500 }],
    ['what was begun and cancelled', steady(500, { outcome: 'cancelled' }), { not_ended: 500 }],
  ])('leaves out %s', (_, flood, left_out) => {
    expect(sample([...honest, ...flood])).toEqual({ ...sample(honest), left_out: { ...NOTHING, ...left_out } });
  });

  it('takes the pushes and reruns of one pull request for one, asked about where one of them was', () => {
    const one = { repo: 'acme/shop', pr_number: 900_001, author: 'ada' };
    const pushes = steady(500, one);
    expect(sample([...honest, ...pushes]).escalated).toMatchObject({ count: 20, of: 81 });
    expect(sample([...honest, ...pushes, ...asked(1, one)]).escalated).toMatchObject({ count: 21, of: 81 });
  });

  it('lets no author count for more than half, and leaves out nothing that people were asked about', () => {
    const { escalated, left_out } = sample([...honest, ...steady(500, { author: 'ada' })]);
    expect(left_out.of_one_author).toBe(460);
    expect(escalated).toMatchObject({ count: 20, of: 120 });
    const alone = sample([...steady(100, { author: 'ada' }), ...asked(5, { author: 'ada' })]);
    expect(alone.escalated).toMatchObject({ count: 5, of: 5 });
  });

  it('lets no day count for more than a fifth', () => {
    const burst = steady(500, { created_at: new Date(on(9).getTime() + DAY_MS / 2) });
    const { escalated, left_out } = sample([...honest, ...burst]);
    expect(left_out.of_one_day).toBe(490);
    expect(escalated).toMatchObject({ count: 20, of: 90 });
    expect(sample(steady(100, { created_at: on(1) })).escalated, 'one day is none').toMatchObject({ of: 0 });
  });

  it('takes what the policy in force asks about for asked, whatever held then', () => {
    expect(sample(steady(50), { asksNow: true }).escalated).toMatchObject({ count: 50, of: 50 });
  });
});
