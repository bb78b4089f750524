import { describe, expect, it } from 'vitest';
import { SlipwayFile } from '../../../src/config/schema.ts';
import type { BranchPolicyText } from '../../../src/policy/branch-policy.ts';
import { isGated, resolveCanaryPath } from '../../../src/policy/canary-path.ts';

const NONE: BranchPolicyText = { kind: 'none' };
const configured = (over: object = {}) => SlipwayFile.parse({ change_classes: over }).change_classes;
const branch = (change_classes: object): BranchPolicyText => ({ kind: 'ok', path: 'p', policy: { change_classes } });

describe('the way of a canary to production', () => {
  it('has by default steps and no gate, whatever the class', () => {
    expect(resolveCanaryPath({ classes: ['schema_migration'], configured: configured(), branch: NONE })).toEqual({
      steps: [25, 50],
      gates: [],
    });
    expect(resolveCanaryPath({ classes: ['low_risk_fix'], configured: configured(), branch: NONE })).toEqual({
      steps: [],
      gates: [],
    });
  });

  it('has the steps and gates of all classes of the change', () => {
    const classes = configured({
      schema_migration: { canary_steps: [20], canary_gates: [100] },
      compliance_audited: { canary_steps: [10], canary_gates: [10, 100] },
      low_risk_fix: { canary_gates: [50] },
    });
    const path = resolveCanaryPath({
      classes: ['schema_migration', 'compliance_audited'],
      configured: classes,
      branch: NONE,
    });
    expect(path).toEqual({ steps: [10, 20], gates: [10, 100] });
    // Where the review cannot be read, of every class.
    expect(resolveCanaryPath({ classes: null, configured: classes, branch: NONE }).gates).toEqual([10, 50, 100]);
  });

  it('is only ever given more gates by the target branch, and all of them by one that cannot be understood', () => {
    const facts = {
      classes: ['schema_migration'] as const,
      configured: configured({ schema_migration: { canary_gates: [50] } }),
    };
    const asks = (canary_gates: number[]) =>
      resolveCanaryPath({ ...facts, branch: branch({ schema_migration: { canary_gates } }) }).gates;
    expect(asks([100])).toEqual([50, 100]);
    expect(asks([])).toEqual([50]);
    const other = branch({ performance_critical: { canary_gates: [100] } });
    expect(resolveCanaryPath({ ...facts, branch: other }).gates, 'of another class').toEqual([50]);
    const invalid: BranchPolicyText = { kind: 'invalid', path: 'p', problem: 'no YAML' };
    expect(resolveCanaryPath({ ...facts, branch: invalid }).gates).toEqual([25, 50, 100]);
  });

  it('stops at a gate that lies above the one share and not above the other', () => {
    expect(isGated({ gates: [25] }, 5, 25)).toBe(true);
    expect(isGated({ gates: [20] }, 5, 25)).toBe(true);
    expect(isGated({ gates: [25] }, 25, 50)).toBe(false);
    expect(isGated({ gates: [100] }, 25, 50)).toBe(false);
    expect(isGated({ gates: [100] }, 50, 100)).toBe(true);
    expect(isGated({ gates: [] }, 5, 100)).toBe(false);
  });
});
