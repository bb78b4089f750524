import type { ChangeFacts, ChangeType } from '../change/change.ts';
import { type Finding, isSerious } from './finding.ts';

/** The kinds of change that are treated differently, the strictest first. A change can be of several. */
export const CHANGE_CLASSES = [
  'compliance_audited',
  'schema_migration',
  'third_party_integration',
  'performance_critical',
  'low_risk_fix',
] as const;
export type ChangeClass = (typeof CHANGE_CLASSES)[number];

export interface ClassifiedChange {
  readonly facts: ChangeFacts;
  readonly change_type: ChangeType;
  /** null when no score could be computed. */
  readonly score: number | null;
  readonly findings: readonly Finding[];
  /** Changes of the service that were rolled back lately: none means stable. */
  readonly service_rollbacks: number;
}

/** At and above this a change is not low in risk, whatever it calls itself. */
const LOW_RISK_BELOW = 3;
const FIXES: ReadonlySet<ChangeType> = new Set(['bugfix', 'docs', 'test', 'chore', 'refactor']);

/** Each of these alone ends low risk. null = could not be judged, which counts as true. */
const NEVER_LOW_RISK = [
  'schema_changes_detected',
  'new_service_integration',
  'breaking_api_contract',
  'dependency_changes',
  'secrets_added',
  'ci_or_infra_changes',
  'prompt_injection_suspected',
] as const;

/** The classes of a change, in the order of `CHANGE_CLASSES`. Pure. */
export function classifyChange(change: ClassifiedChange): ChangeClass[] {
  const { facts } = change;
  const holds: Record<ChangeClass, boolean> = {
    compliance_audited: facts.compliance_scope !== false,
    schema_migration: facts.schema_changes_detected !== false,
    third_party_integration: facts.new_service_integration !== false,
    performance_critical: facts.performance_critical !== false,
    low_risk_fix: isLowRiskFix(change),
  };
  return CHANGE_CLASSES.filter((name) => holds[name]);
}

function isLowRiskFix(change: ClassifiedChange): boolean {
  const { facts, score, change_type, findings, service_rollbacks } = change;
  return (
    score !== null &&
    score < LOW_RISK_BELOW &&
    FIXES.has(change_type) &&
    NEVER_LOW_RISK.every((fact) => facts[fact] === false) &&
    facts.compliance_scope === false &&
    facts.performance_critical === false &&
    !findings.some(isSerious) &&
    service_rollbacks === 0
  );
}
