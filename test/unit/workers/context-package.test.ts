import { describe, expect, it } from 'vitest';
import { ContextPackage } from '../../../src/runs/context-package.ts';
import { buildContextPackage } from '../../../src/workers/context-package.ts';
import { makeFacts, makeFile, makeFinding } from '../../support/change-facts.ts';

const INCLUDE_ALL = { include_diff_summary: true, include_baseline_metrics: true, include_agent_reasoning: true };
const BASELINE = {
  service: 'shop',
  window_from: '2026-11-22T00:00:00.000Z',
  window_to: '2026-11-23T00:00:00.000Z',
  requests: 900,
  error_rate: 0,
  p50_ms: 4,
  p95_ms: 8,
  p99_ms: 12,
};

function build(over: Partial<Parameters<typeof buildContextPackage>[0]> = {}): ContextPackage {
  return ContextPackage.parse(
    buildContextPackage({
      title: 'A change',
      reasons: [{ code: 'risk_score', text: 'risky' }],
      inspection: {
        facts: makeFacts({ secrets_added: null }),
        change_type: 'bugfix',
        evidence: [],
        files: [makeFile({ added: 3, removed: 1 }), makeFile({ path: 'b.js', added: 4, removed: 0 })],
        problems: [],
      },
      diff: '+a',
      findings: [makeFinding()],
      score: { total: 7.5, terms: [{ label: 'security', points: 7.5 }] },
      baseline: BASELINE,
      reasoning: 'because',
      excluded: ['nina'],
      recommendation: 'none',
      manifest: [],
      problems: [],
      owners: [],
      similarRuns: [],
      include: INCLUDE_ALL,
      ...over,
    }),
  );
}

describe('what a person who decides is given', () => {
  it('sums the change and keeps what could not be judged as such', () => {
    const all = build();
    expect(all.diff_summary).toMatchObject({ added: 7, removed: 1, diff: '+a', cut: false });
    expect(all.facts['secrets_added']).toBeNull();
    expect(all).toMatchObject({
      baseline: BASELINE,
      agent_reasoning: 'because',
      excluded_approvers: ['nina'],
      score: { total: 7.5 },
    });
    expect(all.findings).toHaveLength(1);
  });

  it('leaves out what the configuration switches off, and only that', () => {
    expect(build({ include: { ...INCLUDE_ALL, include_diff_summary: false } })).toMatchObject({
      diff_summary: null,
      baseline: BASELINE,
      agent_reasoning: 'because',
    });
    expect(build({ include: { ...INCLUDE_ALL, include_baseline_metrics: false } })).toMatchObject({
      baseline: null,
      agent_reasoning: 'because',
    });
    expect(build({ include: { ...INCLUDE_ALL, include_agent_reasoning: false } })).toMatchObject({
      agent_reasoning: null,
      baseline: BASELINE,
    });
  });

  it('says that a diff is cut, or was not read at all', () => {
    const long = build({ diff: 'x'.repeat(200_001) });
    expect(long.diff_summary?.diff).toHaveLength(200_000);
    expect(long.diff_summary?.cut).toBe(true);
    expect(build({ diff: 'x'.repeat(200_000) }).diff_summary?.cut).toBe(false);
    expect(build({ diff: null }).diff_summary).toMatchObject({ diff: '', cut: true });
  });
});
