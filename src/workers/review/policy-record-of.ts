import { branchRecord } from '../../policy/branch-record.ts';
import type { PolicyDecision } from '../../policy/decide-policy.ts';
import type { PolicyRecord, RuleOutcome } from '../../policy/policy-record.ts';
import type { RuleResult } from '../../policy/rules.ts';
import type { PolicyInputs } from '../read-policy.ts';

/** What the record keeps of how the policy decided. */
export function policyRecord(decision: PolicyDecision, inputs: PolicyInputs, targetSha: string | null): PolicyRecord {
  const { branch, settings } = inputs;
  return {
    effective_policy: inputs.effective.digest,
    tier: settings.tier,
    classes: [...decision.classes],
    risk_score_max: decision.limits.risk_score_max,
    terms: [...decision.terms],
    notes: [...decision.notes],
    limits: { ...decision.limits },
    author_record: inputs.author_record,
    rules: decision.rules.map(outcomeOf),
    recommendation: decision.recommendation,
    branch_policy: branchRecord(branch, targetSha),
    rollout: { automated_pct: settings.automated_pct, bucket: inputs.bucket },
  };
}

function outcomeOf(result: RuleResult): RuleOutcome {
  const { expression, kind } = result;
  const detail = result.kind === 'unknown' ? result.missing.join(', ') : result.kind === 'error' ? result.detail : '';
  return { expression, result: kind, detail };
}
