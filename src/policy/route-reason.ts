import { z } from 'zod';

/** A closed list: metrics count escalations by it. The text beside a code says what it was this time. */
export const REASON_CODES = [
  'inconclusive',
  'risk_score',
  'breaking_api_contract',
  'secrets_added',
  'prompt_injection_suspected',
  'schema_changes_detected',
  'new_service_integration',
  'dependency_changes',
  'ci_or_infra_changes',
  'compliance_audited',
  'change_class',
  'unreadable',
  'uncertain_finding',
  'sceptic_refuted',
  'rule',
  'rule_unknown',
  'rule_error',
  'policy_invalid',
  'emergency',
  'rollout',
] as const;

export const RouteReason = z.strictObject({ code: z.enum(REASON_CODES), text: z.string() });
export type RouteReason = z.infer<typeof RouteReason>;

/** Reasons that say nothing against the change: the policy would have automated it. */
const NOT_ABOUT_THE_CHANGE: ReadonlySet<string> = new Set(['rollout', 'emergency']);

export function isAboutTheChange(code: string): boolean {
  return !NOT_ABOUT_THE_CHANGE.has(code);
}
