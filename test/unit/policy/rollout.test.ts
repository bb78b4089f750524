import { describe, expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import type { DecidedRun } from '../../../src/policy/decided-run.ts';
import { makeEscalationFigures } from '../../../src/policy/escalation-figures.ts';
import { isInRollout, rolloutBucket } from '../../../src/policy/rollout.ts';
import { decideAdvance, type GateFacts } from '../../../src/policy/rollout-gate.ts';
import { makeDecidedRun, over, times } from '../../support/decided-run.ts';

const { rollout: settings } = SlipwayFile.parse({});
const quiet = times(95, () => makeDecidedRun());
const escalated = (n: number) => times(n, () => makeDecidedRun({ route: 'human', reasons: ['risk_score'] }));

const escalationFigures = (runs: readonly DecidedRun[]) => over(makeEscalationFigures(), runs);
/** As if all of them counted. */
const sampleOf = ({ escalated: of }: ReturnType<typeof escalationFigures>) => ({
  escalated: of,
  left_out: { by_agents: 0, docs_or_tests: 0, not_ended: 0, of_one_author: 0, of_one_day: 0 },
});

function advance(facts: Partial<GateFacts> = {}) {
  const { figures = escalationFigures([...quiet, ...escalated(5)]) } = facts;
  return decideAdvance({
    automated_pct: 10,
    settings,
    figures,
    sample: sampleOf(figures),
    in_force: true,
    audit: { ok: true, problems: 0 },
    ...facts,
  });
}

describe('the bucket of a pull request', () => {
  it('is the same for ever, and spreads evenly', () => {
    expect(rolloutBucket('acme/shop', 42)).toBe(rolloutBucket('acme/shop', 42));
    const buckets = Array.from({ length: 10_000 }, (_, pr) => rolloutBucket('acme/shop', pr));
    for (const pct of [10, 25, 50]) {
      const share = buckets.filter((bucket) => isInRollout(bucket, pct)).length / 100;
      expect(Math.abs(share - pct)).toBeLessThan(1.5);
    }
    expect(buckets.every((bucket) => isInRollout(bucket, 100))).toBe(true);
    expect(buckets.some((bucket) => isInRollout(bucket, 0))).toBe(false);
  });

  it('once in, stays in as the rollout goes on', () => {
    const inside = Array.from({ length: 1_000 }, (_, pr) => pr).filter((pr) =>
      isInRollout(rolloutBucket('a/b', pr), 10),
    );
    expect(inside.every((pr) => isInRollout(rolloutBucket('a/b', pr), 25))).toBe(true);
  });
});

describe('advance', () => {
  it.each([
    [1, 10],
    [10, 25],
    [25, 50],
    [50, 100],
    [60, 100],
  ])('goes from %d to %d', (automated_pct, next) => {
    expect(advance({ automated_pct })).toEqual({ kind: 'may', next });
  });

  it('has nothing to do at 100', () => {
    expect(advance({ automated_pct: 100 })).toEqual({ kind: 'complete' });
  });

  it('is refused from an escalation rate of 15 % on', () => {
    const of = (n: number) =>
      advance({ figures: escalationFigures([...times(100 - n, () => makeDecidedRun()), ...escalated(n)]) });
    expect(of(14)).toMatchObject({ kind: 'may' });
    expect(of(15)).toMatchObject({
      kind: 'refused',
      why: [expect.stringContaining('count 15.0 %'), expect.stringContaining('the escalation rate is 15.0 %')],
    });
  });

  it('is refused on too few runs, and on a record that does not verify; all is said at once', () => {
    const figures = escalationFigures(escalated(3));
    const decided = advance({ figures, in_force: false, audit: { ok: false, problems: 2 } });
    expect(decided).toMatchObject({ kind: 'refused', next: 25 });
    expect(decided.kind === 'refused' && decided.why).toEqual([
      'this slipway.yaml is not the one that the newest run came under: use the file that the fleet runs with',
      '3 pull requests of 14 days count; rollout.min_runs is 50',
      expect.stringMatching(/^of the pull requests that count 100.0 % .* went to a person; it must be below 15 %$/),
      expect.stringMatching(/^the escalation rate is 100.0 % .*; it must be below 15 %$/),
      'the record does not verify: 2 problems, see slipway audit verify',
    ]);
  });
});

describe('the figures of escalation', () => {
  it('count a change once however often it ran, and one that people were asked about in any stage', () => {
    const again = times(50, () => makeDecidedRun({ repo: 'a/b', pr_number: 7, head_sha: 'f'.repeat(40) }));
    const later = times(2, () => makeDecidedRun({ asked_later: true }));
    const figures = escalationFigures([...again, ...later, ...escalated(1)]);
    expect(figures).toMatchObject({ reviewed: 4, escalated: { count: 3, of: 4 } });
    expect(advance({ figures })).toMatchObject({ kind: 'refused' });
    const asked = { repo: 'a/b', pr_number: 7, head_sha: 'f'.repeat(40), reasons: ['inconclusive'] };
    expect(escalationFigures([...again, makeDecidedRun(asked)]).escalated).toMatchObject({ count: 1, of: 1 });
  });

  it('do not count what only the rollout sent to people', () => {
    const shadow = times(40, () =>
      makeDecidedRun({ route: 'human', reasons: ['rollout'], decision: 'approve', decided_after_s: 60 }),
    );
    const figures = escalationFigures([...shadow, ...quiet, ...escalated(5)]);
    expect(figures).toMatchObject({
      escalated: { count: 5, of: 140 },
      shadow: 40,
      shadow_agreement: { count: 40, of: 40 },
    });
  });

  it('compare people with code where code had an opinion', () => {
    const decided = (recommendation: 'approve' | 'reject' | 'none', decision: string) =>
      makeDecidedRun({ route: 'human', reasons: ['risk_score'], recommendation, decision });
    const figures = escalationFigures([
      decided('reject', 'reject'),
      decided('reject', 'approve'),
      decided('approve', 'approve'),
      decided('none', 'reject'),
      decided('reject', 'expired'),
    ]);
    expect(figures.agreement).toMatchObject({ count: 2, of: 3 });
  });

  it('take the median time of those who decided', () => {
    const after = (decided_after_s: number) => makeDecidedRun({ decision: 'approve', decided_after_s });
    expect(escalationFigures([after(10), after(30), after(900), makeDecidedRun()]).time_to_decision_s).toBe(30);
    expect(escalationFigures([after(10), after(30)]).time_to_decision_s).toBe(20);
    expect(escalationFigures([]).time_to_decision_s).toBeNull();
  });
});
