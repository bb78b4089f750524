import { describe, expect, it } from 'vitest';
import { generatedTestPath, testCommand } from '../../../src/workers/test-gen/generated-test.ts';
import { attemptsAllowed, decideTestGen } from '../../../src/workers/test-gen.decide.ts';

describe('validation.max_retry_passes', () => {
  it('is how often a test that failed is generated again', () => {
    expect(attemptsAllowed({ max_retry_passes: 0 })).toBe(1);
    expect(attemptsAllowed({ max_retry_passes: 1 })).toBe(2);
  });
});

describe('what follows from test generation', () => {
  it('keeps only what ran green', () => {
    expect(decideTestGen({ kind: 'green', attempts: 2 }, 'standard')).toMatchObject({
      outcome: 'validated',
      validated: true,
      human: null,
    });
  });
  it('records the gap when nothing ran green, and asks a person only for a critical service', () => {
    const red = { kind: 'red', attempts: 2, passesOnBase: false } as const;
    expect(decideTestGen(red, 'standard')).toMatchObject({ outcome: 'gap_recorded', validated: false, human: null });
    expect(decideTestGen(red, 'critical').human?.code).toBe('coverage_gap');
  });
  it('asks a person when the test passes without the change', () => {
    expect(decideTestGen({ kind: 'red', attempts: 2, passesOnBase: true }, 'internal')).toMatchObject({
      outcome: 'suspected_regression',
      human: { code: 'suspected_regression' },
    });
  });
  it.each(['critical', 'standard', 'internal'] as const)(
    'asks a person of a %s service what a green run that the change steers is worth',
    (tier) => {
      const files = ['conftest.py', 'package.json'];
      expect(decideTestGen({ kind: 'steered', attempts: 1, files }, tier)).toMatchObject({
        outcome: 'steered_run',
        validated: false,
        human: { code: 'steered_run', text: expect.stringContaining('conftest.py, package.json') },
      });
      expect(decideTestGen({ kind: 'forged', attempts: 1 }, tier)).toMatchObject({
        outcome: 'forged_run',
        validated: false,
        human: { code: 'forged_run' },
      });
    },
  );
  it('asks a person when nothing could be run', () => {
    expect(decideTestGen({ kind: 'no_sandbox' }, 'internal')).toMatchObject({
      outcome: 'no_sandbox',
      human: { code: 'no_sandbox' },
    });
  });
  it('asks a person when the agent gave no usable answer', () => {
    expect(decideTestGen({ kind: 'inconclusive', reason: 'refusal' }, 'internal')).toMatchObject({
      outcome: 'inconclusive',
      human: { code: 'test_agent_inconclusive' },
    });
  });
  it('skips without gaps, and records one where the service has no tests section', () => {
    expect(decideTestGen({ kind: 'no_gaps' }, 'critical')).toMatchObject({ outcome: 'skipped', human: null });
    expect(decideTestGen({ kind: 'no_tests_configured' }, 'critical').human?.code).toBe('coverage_gap');
  });
});

describe('a generated test', () => {
  const tests = {
    command: ['run', '{file}'],
    directory: 'test/',
    pattern: 'test/**/*.test.js',
    report: 'tap',
    language: 'javascript',
    timeout_s: 1,
    memory_mb: 64,
  } as const;
  it('is named by us so that the project’s runner finds it', () => {
    expect(generatedTestPath({ ...tests, command: [...tests.command] }, 12, 1)).toBe('test/slipway_pr12_1.test.js');
    expect(
      generatedTestPath(
        { ...tests, command: [...tests.command], directory: 'tests', pattern: 'tests/test_*.py' },
        3,
        0,
      ),
    ).toBe('tests/test_slipway_pr3_0.py');
  });
  it('is run by the configured command', () => {
    expect(testCommand(['pytest', '--x={file}', '{file}'], 'a.py')).toEqual(['pytest', '--x=a.py', 'a.py']);
  });
});
