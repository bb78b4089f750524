import { describe, expect, it } from 'vitest';
import { makeCalibration } from '../../../src/policy/calibrate.ts';
import type { DecidedRun } from '../../../src/policy/decided-run.ts';
import { makeDecidedRun, over, times } from '../../support/decided-run.ts';

const calibrate = (runs: readonly DecidedRun[], maxMiss: number) => over(makeCalibration(maxMiss), runs);
const good = (score: number, n: number) => times(n, () => makeDecidedRun({ score }));
const rolledBack = (score: number, n: number) => times(n, () => makeDecidedRun({ score, outcome: 'rolled_back' }));
const rejected = (score: number, n: number) =>
  times(n, () =>
    makeDecidedRun({ score, route: 'human', reasons: ['risk_score'], outcome: 'rejected', decision: 'reject' }),
  );

describe('calibration', () => {
  it('suggests the highest threshold that surely misses few of the bad changes', () => {
    const found = calibrate([...good(1, 80), ...good(5, 20), ...rolledBack(4.2, 30), ...rejected(6, 30)], 0.1);
    expect(found.labelled).toEqual({ good: 100, bad: 60 });
    expect(found.suggestion).toEqual({ kind: 'threshold', threshold: 4, text: 'thresholds.risk_score_max: 4' });
    const row = found.rows.find(({ threshold }) => threshold === 4);
    expect(row).toMatchObject({ false_positive: { count: 20, of: 100, rate: 0.2 }, miss: { count: 0, of: 60 } });
    expect(row?.miss.high).toBeLessThan(0.1);
    expect(found.rows.find(({ threshold }) => threshold === 4.5)?.miss).toMatchObject({ count: 30, of: 60 });
  });

  it('says how much is missing when there is too little data, and suggests nothing', () => {
    const found = calibrate([...good(1, 500), ...rolledBack(6, 4)], 0.1);
    expect(found.suggestion.kind).toBe('too_little_data');
    expect(found.suggestion.text).toContain('4 bad and 500 good changes; 35 and 50 are needed');
    expect(calibrate([], 0.1)).toMatchObject({ runs: 0, labelled: { good: 0, bad: 0 }, rules: [] });
  });

  it('says so when the score tells nothing apart', () => {
    const found = calibrate([...good(1, 100), ...rolledBack(0.2, 60)], 0.1);
    expect(found.suggestion).toMatchObject({ kind: 'too_little_data', text: expect.stringContaining('does not tell') });
  });

  it('never suggests more than the score from which nothing is automated', () => {
    expect(Math.max(...calibrate([], 0.1).rows.map(({ threshold }) => threshold))).toBe(7);
  });

  it('leaves out what another rule decides, and what ended without saying anything', () => {
    const hard = makeDecidedRun({
      score: 5,
      route: 'human',
      reasons: ['schema_changes_detected'],
      decision: 'approve',
    });
    const expired = makeDecidedRun({ score: 8, reasons: ['risk_score'], outcome: 'rejected', decision: 'expired' });
    const cancelled = makeDecidedRun({ outcome: 'cancelled' });
    const shadow = makeDecidedRun({ route: 'human', reasons: ['rollout'], decision: 'approve' });
    expect(calibrate([hard, expired, cancelled, shadow], 0.1).labelled).toEqual({ good: 1, bad: 0 });
  });

  it('counts a rule over the score alone as the threshold, and one that looks at more as another rule', () => {
    const stopped = (fired: string[]) =>
      makeDecidedRun({ score: 7.5, route: 'human', reasons: ['risk_score', 'rule'], decision: 'approve', fired });
    const labelled = (...fired: string[][]) => calibrate(fired.map(stopped), 0.1).labelled.good;
    expect(labelled(['risk_score >= 7.0'])).toBe(1);
    expect(labelled(['lines_changed > 500.0'])).toBe(0);
    expect(labelled(['risk_score >= 7.0', 'risk_score >= 3.0 && tier == "critical"'])).toBe(0);
    expect(labelled([]), 'a record that does not say which').toBe(0);
  });

  it('takes what was rejected in a later stage, or rolled back by order afterwards, for bad', () => {
    const found = calibrate([makeDecidedRun({ taken_back: true }), makeDecidedRun()], 0.1);
    expect(found.labelled).toEqual({ good: 1, bad: 1 });
  });

  it('rates each reason by what became of those it asked about', () => {
    const approve = { route: 'human', reasons: ['schema_changes_detected'], decision: 'approve' } as const;
    const found = calibrate(
      [...times(3, () => makeDecidedRun(approve)), makeDecidedRun({ ...approve, outcome: 'rolled_back' })],
      0.1,
    );
    expect(found.rules).toMatchObject([
      { code: 'schema_changes_detected', asked: 4, false_positive: { count: 3, of: 4 } },
    ]);
  });

  it('asks about a change at the threshold, as the policy does', () => {
    const found = calibrate([...good(4, 60), ...rolledBack(4, 40)], 0.1);
    const at = (threshold: number) => found.rows.find((row) => row.threshold === threshold);
    expect(at(4)).toMatchObject({ false_positive: { count: 60 }, miss: { count: 0 } });
    expect(at(4.5)).toMatchObject({ false_positive: { count: 0 }, miss: { count: 40 } });
    expect(found.suggestion).toMatchObject({ threshold: 4 });
  });

  it('suggests nothing where everything was fine, or nothing was', () => {
    expect(calibrate(good(2, 5_000), 0.1).suggestion).toMatchObject({
      kind: 'too_little_data',
      text: expect.stringContaining('0 bad and 5000 good changes'),
    });
    expect(calibrate(rejected(6, 5_000), 0.1).suggestion).toMatchObject({
      kind: 'too_little_data',
      text: expect.stringContaining('5000 bad and 0 good changes'),
    });
    const few = calibrate([...good(2, 49), ...rejected(6, 900)], 0.005);
    expect(few.suggestion.text).toContain('765 and 50 are needed to bound the misses at 0.5 %');
  });

  it('counts a head once however often it ran, bad where one of its runs was', () => {
    const same = { repo: 'a/b', pr_number: 7, head_sha: 'f'.repeat(40) };
    const asked = { ...same, score: 6, route: 'human', reasons: ['risk_score'], decision: 'reject' } as const;
    const again = times(40, () => makeDecidedRun({ ...asked, outcome: 'rejected' }));
    const found = calibrate([...again, makeDecidedRun({ ...same, score: 6 })], 0.1);
    expect(found).toMatchObject({ runs: 41, labelled: { good: 0, bad: 1 } });
    expect(found.rules).toMatchObject([{ code: 'risk_score', asked: 1, false_positive: { count: 0, of: 1 } }]);
  });
});
