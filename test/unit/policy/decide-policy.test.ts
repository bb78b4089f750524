import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import { decidePolicy, type PolicyCase, type PolicySettings } from '../../../src/policy/decide-policy.ts';
import { makeFacts, makeFinding } from '../../support/change-facts.ts';
import { makeAuthorRecord, makePolicyCase, makeSettings } from '../../support/policy-case.ts';

function codes(over: Partial<PolicyCase> = {}, settings: Partial<PolicySettings> = {}): string[] {
  return decidePolicy(makePolicyCase(over), makeSettings(settings)).route.reasons.map(({ code }) => code);
}

describe('the policy over one change', () => {
  it('automates a harmless fix and recommends it', () => {
    expect(decidePolicy(makePolicyCase(), makeSettings())).toMatchObject({
      route: { route: 'automated', reasons: [] },
      recommendation: 'approve',
      classes: ['low_risk_fix'],
    });
  });

  it.each([
    ['a schema migration', { facts: makeFacts({ schema_changes_detected: true }) }, 'schema_changes_detected'],
    ['a new outside service', { facts: makeFacts({ new_service_integration: true }) }, 'new_service_integration'],
    ['what auditors look at', { facts: makeFacts({ compliance_scope: true }) }, 'compliance_audited'],
  ])('asks a person about %s even when no rule is configured', (_what, over, code) => {
    expect(codes(over, { rules: [] })).toEqual([code]);
  });

  it('says once what class and rule both say', () => {
    expect(codes({ facts: makeFacts({ schema_changes_detected: true }) })).toEqual(['schema_changes_detected']);
  });

  it('holds a critical service and an author with rollbacks to less', () => {
    const author_record = makeAuthorRecord({ rolled_back: 2 });
    expect(codes({ score: 5.5, author_record }, { tier: 'critical' })).toEqual(['risk_score']);
    expect(codes({ score: 5.4, author_record }, { tier: 'critical' })).toEqual([]);
    expect(codes({ score: 5.5 })).toEqual([]);
  });

  it('asks a person where the target branch’s policy cannot be understood', () => {
    const branch = { kind: 'invalid', path: 'slipway.yaml', problem: 'unknown key' } as const;
    expect(codes({ branch })).toEqual(['policy_invalid']);
  });

  it('adds the rules and classes of the target branch', () => {
    const branch = (policy: object) => ({ kind: 'ok', path: 'slipway.yaml', policy }) as const;
    expect(codes({ branch: branch({ escalation: { auto_route_to_human: ['author == "nina"'] } }) })).toEqual(['rule']);
    expect(codes({ branch: branch({ change_classes: { low_risk_fix: { route: 'human' } } }) })).toEqual([
      'change_class',
    ]);
  });

  it('can be told to ask about every change of a class', () => {
    const { change_classes } = SlipwayFile.parse({ change_classes: { performance_critical: { route: 'human' } } });
    const sections = { ...makeSettings().sections, change_classes };
    const facts = makeFacts({ performance_critical: true });
    expect(codes({ facts }, { sections })).toEqual(['change_class']);
    expect(codes({ facts })).toEqual([]);
  });
});

describe('the rollout', () => {
  it('automates the low-risk changes below its mark', () => {
    expect(codes({ bucket: 9.99 }, { automated_pct: 10 })).toEqual([]);
    expect(codes({ bucket: 10 }, { automated_pct: 10 })).toEqual(['rollout']);
    expect(codes({ bucket: 0 }, { automated_pct: 0 })).toEqual(['rollout']);
    expect(codes({ bucket: 99.99 }, { automated_pct: 100 })).toEqual([]);
  });

  it('leaves what is not low in risk to people until it is complete', () => {
    expect(codes({ bucket: 0, change_type: 'feature' }, { automated_pct: 99 })).toEqual(['rollout']);
  });

  it('records what would have been done', () => {
    expect(decidePolicy(makePolicyCase(), makeSettings({ automated_pct: 10 }))).toMatchObject({
      route: { route: 'human' },
      recommendation: 'approve',
    });
  });

  it('is no reason where there is a real one', () => {
    expect(codes({ facts: makeFacts({ secrets_added: true }) }, { automated_pct: 10 })).toEqual(['secrets_added']);
  });
});

describe('the recommendation', () => {
  it.each([
    ['none', 'an inconclusive review', { review: { kind: 'inconclusive', reason: 'refusal' } }],
    ['none', 'a schema migration with nothing found', { facts: makeFacts({ schema_changes_detected: true }) }],
    ['reject', 'a secret', { facts: makeFacts({ secrets_added: true }) }],
    ['reject', 'a serious finding', { findings: [makeFinding({ severity: 'critical', confidence: 0.9 })], score: 9 }],
  ] as const)('is %s for %s', (expected, _what, over) => {
    expect(decidePolicy(makePolicyCase(over), makeSettings()).recommendation).toBe(expected);
  });
});

it('no history, tier or rollout ever automates what a hard rule stops', () => {
  const hard: Partial<PolicyCase>[] = [
    { facts: makeFacts({ schema_changes_detected: true }) },
    { facts: makeFacts({ new_service_integration: null }) },
    { facts: makeFacts({ breaking_api_contract: true }) },
    { facts: makeFacts({ secrets_added: true }) },
    { facts: makeFacts({ prompt_injection_suspected: null }) },
    { review: { kind: 'inconclusive', reason: 'timeout' } },
    { score: 7 },
    { score: Number.NaN },
    { problems: ['a.js was not read'] },
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...hard),
      fc.record({ deployed: fc.integer({ min: 0, max: 10_000 }), known: fc.boolean() }),
      fc.constantFrom('critical', 'standard', 'internal'),
      fc.integer({ min: 0, max: 100 }),
      (over, record, tier, automated_pct) => {
        const decision = decidePolicy(
          makePolicyCase({ ...over, author_record: makeAuthorRecord(record), bucket: 0 }),
          makeSettings({ tier, automated_pct, rules: [] }),
        );
        expect(decision.route.route).toBe('human');
        expect(decision.route.reasons.map(({ code }) => code)).not.toContain('rollout');
      },
    ),
  );
});
