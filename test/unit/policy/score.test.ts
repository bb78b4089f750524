import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChangeFacts, ChangeType } from '../../../src/change/change.ts';
import { type Finding, Severity } from '../../../src/policy/finding.ts';
import { type ScoreInput, scoreChange } from '../../../src/policy/score.ts';
import { makeFacts, makeFile, makeFinding } from '../../support/change-facts.ts';

function makeInput(over: Partial<ScoreInput> = {}): ScoreInput {
  return { facts: makeFacts(), change_type: 'bugfix', files: [makeFile()], problems: [], findings: [], ...over };
}

const severities = Severity.options.toReversed();
const anyFinding = fc
  .record({
    severity: fc.constantFrom(...severities),
    category: fc.constantFrom('security', 'performance', 'coverage', 'breaking'),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map((some) => makeFinding(some));
const anyFacts = fc.record(
  Object.fromEntries(Object.keys(ChangeFacts.shape).map((name) => [name, fc.constantFrom(true, false, null)])),
);
const anyInput = fc
  .record({
    facts: anyFacts,
    change_type: fc.constantFrom(...ChangeType.options),
    files: fc.array(fc.record({ added: fc.nat(3000), removed: fc.nat(3000), binary: fc.boolean() }), { maxLength: 30 }),
    findings: fc.array(anyFinding, { maxLength: 8 }),
    problems: fc.array(fc.string(), { maxLength: 2 }),
  })
  .map((some): ScoreInput => ({ ...some, facts: ChangeFacts.parse(some.facts), files: some.files.map(makeFile) }));

describe('scoreChange', () => {
  it('keeps a small bug fix under 3', () => {
    expect(scoreChange(makeInput()).total).toBe(1);
    expect(scoreChange(makeInput({ files: [makeFile({ added: 120, removed: 20 })] })).total).toBe(1.3);
    expect(scoreChange(makeInput({ findings: [makeFinding({ severity: 'low', category: 'coverage' })] })).total).toBe(
      2,
    );
  });

  it.each([
    ['secrets_added', 9],
    ['breaking_api_contract', 7],
    ['prompt_injection_suspected', 7],
    ['ci_or_infra_changes', 6],
    ['new_service_integration', 6],
    ['compliance_scope', 6],
    ['schema_changes_detected', 5],
    ['dependency_changes', 4],
    ['performance_critical', 4],
  ] as const)('gives %s at least %d, also when it could not be judged', (fact, floor) => {
    expect(scoreChange(makeInput({ facts: makeFacts({ [fact]: true }) })).total).toBe(floor);
    const unknown = scoreChange(makeInput({ facts: makeFacts({ [fact]: null }) }));
    expect(unknown.total).toBe(floor);
    expect(unknown.terms[0]?.label).toContain('could not be judged');
  });

  it('names each floor by itself, the highest first, whatever becomes of it in the sum', () => {
    const facts = makeFacts({ dependency_changes: true, new_service_integration: true, schema_changes_detected: null });
    const { terms, floors } = scoreChange(makeInput({ facts, change_type: 'feature' }));
    expect(floors).toEqual([
      { label: 'a new outside service is called', points: 6 },
      { label: 'the database schema changes (could not be judged)', points: 5 },
      { label: 'dependencies change', points: 4 },
      { label: 'type of change: feature', points: 2 },
    ]);
    expect(terms[0]).toEqual(floors[0]);
    fc.assert(
      fc.property(anyInput, (input) => {
        const score = scoreChange(input);
        for (const { points } of score.floors) expect(score.total).toBeGreaterThanOrEqual(points);
      }),
    );
  });

  it.each([
    [['critical'], 9],
    [['high'], 7],
    [['medium'], 4],
    [['low'], 2],
    [['high', 'high'], 8],
    [['high', 'high', 'high', 'high', 'high'], 9],
    [['critical', 'high', 'high'], 10],
    [['medium', 'medium', 'low'], 4],
  ] as const)('anchors findings %j at %d', (list, total) => {
    expect(scoreChange(makeInput({ findings: list.map((severity) => makeFinding({ severity })) })).total).toBe(total);
  });

  it('does not count a finding that its finder hardly believes', () => {
    expect(scoreChange(makeInput({ findings: [makeFinding({ severity: 'critical', confidence: 0.49 })] })).total).toBe(
      1,
    );
    expect(scoreChange(makeInput({ findings: [makeFinding({ severity: 'critical', confidence: 0.5 })] })).total).toBe(
      9,
    );
  });

  it('counts what could not be read', () => {
    expect(scoreChange(makeInput({ files: [makeFile({ binary: true })] })).total).toBe(5);
    expect(scoreChange(makeInput({ problems: ['combined diff'] })).total).toBe(5);
  });

  it('adds half a point for each further fact, one at most', () => {
    const facts = makeFacts({
      schema_changes_detected: true,
      dependency_changes: true,
      ci_or_infra_changes: true,
      new_service_integration: true,
    });
    expect(scoreChange(makeInput({ facts })).total).toBe(7);
  });

  it('shows terms that add up to the total, within 0 and 10', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const { total, terms } = scoreChange(input);
        const tenths = terms.reduce((sum, term) => sum + Math.round(term.points * 10), 0);
        expect(tenths).toBe(Math.round(total * 10));
        expect(total).toBeGreaterThanOrEqual(0);
        expect(total).toBeLessThanOrEqual(10);
        expect(terms.every((term) => term.points > 0)).toBe(true);
      }),
    );
  });

  it('never falls when a finding is added', () => {
    fc.assert(
      fc.property(anyInput, anyFinding, fc.nat(8), (input, finding, at) => {
        const findings = input.findings.toSpliced(at, 0, finding);
        expect(scoreChange({ ...input, findings }).total).toBeGreaterThanOrEqual(scoreChange(input).total);
      }),
    );
  });

  it('never falls when the severity or confidence of a finding is raised', () => {
    fc.assert(
      fc.property(
        anyInput,
        anyFinding,
        fc.nat(3),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (input, finding, steps, surer) => {
          const rank = severities.indexOf(finding.severity);
          const raised: Finding = {
            ...finding,
            severity: severities[Math.min(3, rank + steps)] ?? finding.severity,
            confidence: Math.max(finding.confidence, surer),
          };
          const before = scoreChange({ ...input, findings: [...input.findings, finding] }).total;
          expect(scoreChange({ ...input, findings: [...input.findings, raised] }).total).toBeGreaterThanOrEqual(before);
        },
      ),
    );
  });

  it('is never below what the rules alone say', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        expect(scoreChange(input).total).toBeGreaterThanOrEqual(scoreChange({ ...input, findings: [] }).total);
      }),
    );
  });
});
