import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/policy/finding.ts';
import { type TrackedFinding, trackFindings } from '../../../src/policy/track-findings.ts';
import { makeFinding } from '../../support/change-facts.ts';

const finding = (name: string, over: Partial<Finding> = {}) =>
  makeFinding({ fingerprint: name.repeat(64).slice(0, 64), ...over });
const tracked = (state: TrackedFinding['state'], one: Finding): TrackedFinding => ({ state, finding: one });
const A = finding('a');
const statuses = (findings: readonly Finding[]) => findings.map(({ status }) => status);

describe('a finding over the pushes of a pull request', () => {
  it.each([
    ['new', undefined],
    ['open', 'open'],
    ['open', 'reopened'],
    ['reopened', 'fixed'],
    ['dismissed', 'dismissed'],
  ] as const)('is %s when it is found and was %s before', (status, state) => {
    const before = state === undefined ? [] : [tracked(state, A)];
    expect(statuses(trackFindings(before, [A], (one) => one).findings)).toEqual([status]);
  });

  it.each(['open', 'reopened'] as const)('that was %s and is not repeated stays while its code does', (state) => {
    const { findings, fixed } = trackFindings([tracked(state, A)], [], (one) => one);
    expect(statuses(findings)).toEqual(['carried']);
    expect(fixed).toEqual([]);
  });

  it('stands where its code does now', () => {
    const moved = { ...A, path: 'src/elsewhere.js', line: 9 };
    const { findings, fixed } = trackFindings([tracked('open', A)], [], () => moved);
    expect(findings).toEqual([{ ...moved, status: 'carried' }]);
    expect(fixed).toEqual([]);
  });

  it('is fixed when its code is gone', () => {
    expect(trackFindings([tracked('open', A)], [], () => null)).toEqual({ findings: [], fixed: [A] });
  });

  it('about a missing test is fixed when it is not repeated: the test stands elsewhere', () => {
    const gap = finding('g', { category: 'coverage' });
    expect(trackFindings([tracked('open', gap)], [], (one) => one)).toEqual({ findings: [], fixed: [gap] });
  });

  it('that was settled before and is not found is not spoken of', () => {
    expect(trackFindings([tracked('fixed', A), tracked('dismissed', finding('d'))], [], (one) => one)).toEqual({
      findings: [],
      fixed: [],
    });
  });

  it('reported twice is one, the worse; the worst stand first', () => {
    const { findings } = trackFindings(
      [],
      [finding('b', { severity: 'low' }), A, { ...A, severity: 'high' }, { ...A, severity: 'low' }],
      (one) => one,
    );
    expect(findings.map(({ fingerprint, severity }) => [fingerprint[0], severity])).toEqual([
      ['a', 'high'],
      ['b', 'low'],
    ]);
  });
});
