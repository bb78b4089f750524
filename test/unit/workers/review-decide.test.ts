import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../../src/change/change.ts';
import { decideReview, type ReviewFacts } from '../../../src/workers/review.decide.ts';
import { makeFacts, makeFile, makeFinding } from '../../support/change-facts.ts';
import { makePolicy } from '../../support/policy-case.ts';

function inspection(over: Partial<Inspection> = {}): Inspection {
  return { facts: makeFacts(), change_type: 'bugfix', evidence: [], files: [makeFile()], problems: [], ...over };
}

function decide(over: Partial<ReviewFacts> = {}) {
  return decideReview({
    inspection: inspection(),
    review: { outcome: { kind: 'reviewed' }, findings: [], rationale: '' },
    service: 'shop',
    author: 'nina',
    policy: makePolicy(),
    ...over,
  });
}
const reviewed = (...findings: ReturnType<typeof makeFinding>[]) => ({
  outcome: { kind: 'reviewed' } as const,
  findings,
  rationale: 'Looked at it.',
});

describe('the review of a change', () => {
  it('is automated when nothing speaks against it', () => {
    const { route, evaluation } = decide();
    expect(route).toMatchObject({ route: 'automated', reasons: [] });
    expect(evaluation).toMatchObject({
      auto_approvable: true,
      requires_human: false,
      rationale: expect.stringContaining('nothing asks for a person'),
    });
  });

  it('says the source’s seven keys, computed from findings and facts', () => {
    const { evaluation } = decide({
      inspection: inspection({
        facts: makeFacts({ breaking_api_contract: true }),
        evidence: [{ fact: 'breaking_api_contract', path: 'api.yaml', line: null, rule: 'path removed' }],
      }),
      review: reviewed(
        makeFinding({ category: 'security', severity: 'high', path: 'a.js', line: 4, trigger: 'anyone can' }),
        makeFinding({ category: 'performance', path: 'b.js', line: null, trigger: 'slow' }),
        makeFinding({ category: 'coverage', path: 'c.js', line: 1, trigger: 'untested' }),
        makeFinding({ category: 'breaking', path: 'd.js', line: 2, trigger: 'gone' }),
      ),
    });
    expect(evaluation).toMatchObject({
      security_findings: ['a.js:4 [high] anyone can'],
      performance_concerns: ['b.js [medium] slow'],
      coverage_gaps: ['c.js:1 [medium] untested'],
      breaking_changes: ['d.js:2 [medium] gone', 'api.yaml: path removed'],
      auto_approvable: false,
      requires_human: true,
    });
    expect(Object.keys(evaluation).toSorted()).toEqual(
      [
        'auto_approvable',
        'breaking_changes',
        'coverage_gaps',
        'performance_concerns',
        'rationale',
        'requires_human',
        'risk_score',
        'security_findings',
      ].toSorted(),
    );
    expect(evaluation.rationale).toMatch(/^risk [\d.]+ = .* Agent: Looked at it\.$/);
  });

  it.each([
    [
      'an inconclusive review',
      { review: { outcome: { kind: 'inconclusive', reason: 'refusal' }, findings: [], rationale: '' } },
      'inconclusive',
    ],
    [
      'a broken contract',
      { inspection: inspection({ facts: makeFacts({ breaking_api_contract: true }) }) },
      'breaking_api_contract',
    ],
    [
      'a fact that could not be judged',
      { inspection: inspection({ facts: makeFacts({ secrets_added: null }) }) },
      'secrets_added',
    ],
    ['a configured rule', { policy: makePolicy({ rules: ['author == "nina"'] }) }, 'rule'],
    ['a rule that cannot be evaluated', { policy: makePolicy({ rules: ['no_such_fact'] }) }, 'rule_error'],
    [
      'something that was not read',
      { inspection: inspection({ problems: ['src/a.js: 1 of 1 changed lines were not read (line too long)'] }) },
      'unreadable',
    ],
    ['a low limit', { policy: makePolicy({ own: { risk_score_max: 0.5 } }) }, 'risk_score'],
  ] as const)('goes to a person for %s', (_what, over, code) => {
    const { route, evaluation } = decide(over as Partial<ReviewFacts>);
    expect(route.route).toBe('human');
    expect(route.reasons.map((reason) => reason.code)).toContain(code);
    expect(evaluation).toMatchObject({ auto_approvable: false, requires_human: true });
  });

  it('gives the rules what they may ask about', () => {
    const rules = [
      'files_changed == 1 && lines_changed == 8 && critical_findings == 1 && high_findings == 0 && findings == 1',
      'tier == "standard" && service == "shop" && change_type == "bugfix" && paths.exists(p, p == "src/total.js")',
    ];
    const { route } = decide({
      policy: makePolicy({ rules }),
      review: reviewed(makeFinding({ severity: 'critical' })),
    });
    expect(route.reasons.filter((reason) => reason.text.startsWith('rule: '))).toHaveLength(2);
  });

  it('counts a finding for the risk', () => {
    const before = decide().score.total;
    expect(
      decide({ review: reviewed(makeFinding({ severity: 'critical', category: 'security' })) }).score.total,
    ).toBeGreaterThan(before);
  });
});
